# Types for graph.py when Cython compiles it (as minigrad._graph). `parents` stays a tuple: see the head of graph.py.
cimport cython

@cython.freelist(64)
cdef class Node:
    cdef public tuple parents
    cdef public tuple need
    cdef public object rule
    cdef public tuple saved
    cdef public tuple sources
    cdef public tuple args
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
    cdef public object grad
    cdef object __weakref__

cdef long writes

@cython.locals(u=Variable)
cpdef bint alike(a, b=*, c=*)

@cython.locals(t=Variable, node=Node, bits=long)
cpdef record(k, y, tuple inputs, rule, tuple sources=*, tuple args=*)

@cython.locals(n=Py_ssize_t, parents=tuple, need=tuple)
cdef Node _node(tuple inputs, rule, tuple args)

@cython.locals(v=Variable)
cdef _node_of(x)

cdef tuple _saved(tuple sources, tuple inputs, tuple outputs)

@cython.locals(v=Variable)
cdef _source(long s, tuple inputs, tuple outputs)

@cython.locals(t=Variable)
cpdef constant(k, array)

@cython.locals(tensor=Variable, grad=Variable)
cpdef accumulate(Node node, g, bint shared)

@cython.locals(node=Node, p=Node, waiting=dict, gradient=dict, made=set, shared=set, ready=list, lent=bint, saved=tuple,
               parents=tuple, need=tuple, i=Py_ssize_t, left=Py_ssize_t)
cpdef walk(Node root, seed, k, wrap, deliver=*, bint create_graph=*, bint retain_graph=*, set only=*)

@cython.locals(node=Node, p=Node, waiting=dict, stack=list)
cdef dict _count_children(Node root, set only)

@cython.locals(times=int)
cdef bint _is_shared(part, g, parts, Node node)

cdef _hand_to_picked(Node node, g, dict gradient, dict waiting, list ready, k)
cdef tuple _tied(Node node, saved, wrap)
cdef tuple _among(tuple parents, set only)
