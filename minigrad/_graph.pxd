# Types for graph.py when Cython compiles it (as minigrad._graph). `parents` stays a tuple: see the head of graph.py.
cimport cython

cdef class Node:
    cdef public tuple parents
    cdef public object rule
    cdef public object saved
    cdef public tuple sources
    cdef public tuple args
    cdef public tuple cells
    cdef public long stamp
    cdef public bint wants
    cdef public object owner
    cdef public object hooks
    cdef public int index
    cdef public int outputs
    cdef public object where
    cdef object __weakref__

cdef class Variable:
    cdef public object data
    cdef public object k
    cdef public object node
    cdef public list cell
    cdef public object grad
    cdef object __weakref__

@cython.locals(t=Variable, bits=int, node=Node)
cpdef record(k, y, tuple inputs, rule, tuple sources=*)

@cython.locals(x=object, p=object, parents=list, wanted=bint)
cdef Node _node(tuple inputs, rule, tuple args)

@cython.locals(saved=list, cells=list, stamp=long, s=long, cell=list)
cdef _save(Node node, tuple inputs, tuple sources, outputs)
