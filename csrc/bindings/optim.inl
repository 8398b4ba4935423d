// Optimiser steps over lists of arrays in one call.
//
// A step checks every array, and has all the memory it needs, before it writes anything: it runs whole here, whole in the
// reference, or not at all.
#include "bindings/arrays.h"

#include <vector>

namespace mg {
namespace {

// What a parameter's step reads and writes. Its arrays are held: the lists they come from may change while the GIL is
// released.
struct Step {
  Array p, g, state[2];  // state: velocity; or mean and square
  py::object held[4];

  const Array& hold(int i, PyObject* o, Array* view) {
    held[i] = py::reinterpret_borrow<py::object>(o);
    view->view(o);
    return *view;
  }
};

bool state_fits(const Array& s, const Array& p) { return s.is_float() && s.writeable() && same_order(s, p); }

// The arrays of each parameter, or false if any is not one this step can serve. states: lists or None.
bool steps_of(py::handle params, py::handle grads, std::initializer_list<py::handle> states, std::vector<Step>* steps) {
  if (!PyList_CheckExact(params.ptr()) || !PyList_CheckExact(grads.ptr())) return false;
  const Py_ssize_t n = PyList_GET_SIZE(params.ptr());
  if (PyList_GET_SIZE(grads.ptr()) != n) return false;
  for (py::handle list : states)
    if (!list.is_none() && (!PyList_CheckExact(list.ptr()) || PyList_GET_SIZE(list.ptr()) != n)) return false;
  steps->resize((size_t)n);
  for (Py_ssize_t i = 0; i < n; i++) {
    Step& s = (*steps)[(size_t)i];
    s.hold(0, PyList_GET_ITEM(params.ptr(), i), &s.p);
    s.hold(1, PyList_GET_ITEM(grads.ptr(), i), &s.g);
    if (!s.p.is_float() || !s.p.writeable() || !dense(s.p) || !s.g.is_float() || !same_shape(s.g, s.p)) return false;
    int k = 0;
    for (py::handle list : states) {
      if (!list.is_none() && !state_fits(s.hold(2 + k, PyList_GET_ITEM(list.ptr(), i), &s.state[k]), s.p)) return false;
      k++;
    }
  }
  return true;
}

// Gradients in the memory order of their parameters.
std::vector<InOrder> gradients(const std::vector<Step>& steps, const char* op = __builtin_FUNCTION()) {
  std::vector<InOrder> in_order;
  in_order.reserve(steps.size());
  for (const Step& s : steps) in_order.push_back(InOrder::like(s.g, s.p, op));
  return in_order;
}

Work work_of(const Parameters& some, double nanoseconds, int arrays, const char* op) {
  int64_t n = 0;
  for (int i = 0; i < some.count; i++) n += some.of[i].n;
  return elements(n, nanoseconds, arrays, op);
}

// Calls f(some of the parameters), until all were given.
template <class F> void in_groups(const std::vector<Step>& steps, const std::vector<InOrder>& g, const F& f) {
  Parameters some;
  some.count = 0;
  for (size_t i = 0; i < steps.size(); i++) {
    const Step& s = steps[i];
    float* const state[2] = {s.state[0].data(), s.state[1].data()};  // null where there is none
    some.of[some.count++] = {s.p.data(), {state[0], state[1]}, g[i].data(), s.p.size()};
    if (some.count < kTogether && i + 1 < steps.size()) continue;
    f(some);
    some.count = 0;
  }
}

bool scalar_buffer(const Array& a, int type) { return a.is(type) && a.size() == 1; }

// -> True, or None if the reference has to do it
py::object sgd_step(py::handle params, py::handle grads, py::handle velocities, const Array& lr, double momentum,
                    double weight_decay, bool nesterov, bool keras) {
  std::vector<Step> steps;
  if (!scalar_buffer(lr, NPY_DOUBLE) || !steps_of(params, grads, {velocities}, &steps)) return py::none();
  const std::vector<InOrder> g = gradients(steps);
  in_groups(steps, g, [&](const Parameters& some) {
    launch<&Kernels::sgd_step>(work_of(some, 0.3, 4, "sgd_step"), some, lr.data<double>(), (float)momentum, (float)weight_decay,
                               nesterov, keras);
  });
  return py::bool_(true);
}

py::object adam_step(py::handle params, py::handle grads, py::handle means, py::handle squares, const Array& step,
                     const Array& lr, double beta1, double beta2, double eps, double weight_decay, bool decoupled) {
  std::vector<Step> steps;
  if (!scalar_buffer(lr, NPY_DOUBLE) || !scalar_buffer(step, NPY_INT64) || !step.writeable() || means.is_none() ||
      squares.is_none() || !steps_of(params, grads, {means, squares}, &steps))
    return py::none();
  const std::vector<InOrder> g = gradients(steps);
  launch<&Kernels::count_step>(Work{0, 8, 0, "adam_step"}, step.data<int64_t>());
  in_groups(steps, g, [&](const Parameters& some) {
    launch<&Kernels::adam_step>(work_of(some, 0.8, 6, "adam_step"), some, step.data<int64_t>(), lr.data<double>(), beta1, beta2,
                                (float)eps, (float)weight_decay, decoupled);
  });
  return py::bool_(true);
}

}  // namespace

void bind_optim(py::module_& m) {
  m.def("sgd_step", sgd_step);
  m.def("adam_step", adam_step);
}

}  // namespace mg
