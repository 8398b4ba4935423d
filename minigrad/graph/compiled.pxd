# Types for Cython, which compiles the files of this folder as one module, minigrad._graph: one after the other, without their
# imports of each other, so that calls between them are calls in C. `parents` stays a tuple: see the head of node.py.
cimport cython

@cython.freelist(64)
cdef class Node:
    cdef public tuple parents
    cdef public tuple need
    cdef public object rule
    cdef public tuple saved
    cdef public tuple sources
    cdef public tuple args
    cdef public tuple arrays
    cdef public long stamp
    cdef public bint wants
    cdef public object owner
    cdef public object hooks
    cdef public int index
    cdef public int outputs
    cdef public object where
    cdef public tuple sums
    cdef object __weakref__

cdef class Variable:
    cdef public object _data
    cdef public object k
    cdef public object node
    cdef public object _grad
    cdef object __weakref__

cdef class Writes:
    cdef public long count

cdef Writes writes

@cython.locals(u=Variable)
cpdef bint alike(a, b=*, c=*)

@cython.locals(t=Variable, node=Node, bits=long)
cpdef record(k, y, tuple inputs, rule, tuple sources=*, tuple args=*, tuple arrays=*)

@cython.locals(u=Variable)
cpdef unary(rule, a, otherwise)

@cython.locals(u=Variable, v=Variable, s=tuple, t=tuple)
cpdef binary(rule, a, b, otherwise)

@cython.locals(i=Py_ssize_t, j=Py_ssize_t)
cdef bint _broadcast(tuple s, tuple t)

@cython.locals(n=Py_ssize_t, parents=tuple, need=tuple)
cdef Node _node(tuple inputs, rule, tuple args, tuple arrays)

@cython.locals(node=Node)
cdef Node _made(tuple parents, tuple need, rule, tuple args, tuple arrays)

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
               args=tuple, arrays=tuple, parents=tuple, need=tuple, i=Py_ssize_t, left=Py_ssize_t, oldest=long, recent=Recent)
cpdef walk(Node root, seed, k, wrap, deliver=*, bint create_graph=*, bint retain_graph=*, set only=*)

@cython.locals(node=Node, p=Node, waiting=dict, stack=list, oldest=long)
cdef tuple _count_children(Node root, set only)

cdef class Recent:
    cdef public long count
    cdef public list starts
    cdef public list ends
    cdef public list counts
    cdef public list reach

cdef Recent recent_writes(long stamp)

@cython.locals(i=Py_ssize_t)
cdef check_unwritten(k, Node node, Recent recent)

cdef class Mode:
    cdef public long on
    cdef public long off

@cython.locals(times=int)
cdef bint _is_shared(part, g, parts, tuple saved, tuple arrays)

cdef _hand_to_picked(Node node, g, dict gradient, dict waiting, list ready, k)
cdef tuple _tied(Node node, saved, wrap)
cdef tuple _among(tuple parents, set only)
