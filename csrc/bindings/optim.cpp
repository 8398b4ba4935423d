// Optimiser steps over lists of arrays in one call, and batches gathered from a data set.
//
// A step checks every array, and has all the memory it needs, before it writes anything: it runs whole here, whole in the
// reference, or not at all.
#include "bindings/arrays.h"

#include <math.h>

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
bool steps_of(py::handle params, py::handle grads, std::initializer_list<py::handle> states, std::vector<Step>* steps,
              int64_t* total) {
  if (!PyList_CheckExact(params.ptr()) || !PyList_CheckExact(grads.ptr())) return false;
  const Py_ssize_t n = PyList_GET_SIZE(params.ptr());
  if (PyList_GET_SIZE(grads.ptr()) != n) return false;
  for (py::handle list : states)
    if (!list.is_none() && (!PyList_CheckExact(list.ptr()) || PyList_GET_SIZE(list.ptr()) != n)) return false;
  steps->resize((size_t)n);
  *total = 0;
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
    *total += s.p.size();
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

bool scalar_buffer(const Array& a, int type) { return a.is(type) && a.size() == 1; }

// -> True, or None if the reference has to do it
py::object sgd_step(py::handle params, py::handle grads, py::handle velocities, const Array& lr, double momentum,
                    double weight_decay, bool nesterov, bool keras) {
  std::vector<Step> steps;
  int64_t total;
  if (!scalar_buffer(lr, NPY_DOUBLE) || !steps_of(params, grads, {velocities}, &steps, &total)) return py::none();
  const std::vector<InOrder> g = gradients(steps);
  const float rate = (float)*lr.data<double>();
  {
    Unlocked work((double)total * 3e-4);
    for (size_t i = 0; i < steps.size(); i++) {
      const Step& s = steps[i];
      kernels->sgd_step(s.p.data(), s.state[0].array ? s.state[0].data() : nullptr, g[i].data(), rate, (float)momentum,
                        (float)weight_decay, nesterov, keras, s.p.size());
    }
  }
  return py::bool_(true);
}

py::object adam_step(py::handle params, py::handle grads, py::handle means, py::handle squares, const Array& step,
                     const Array& lr, double beta1, double beta2, double eps, double weight_decay, bool decoupled) {
  std::vector<Step> steps;
  int64_t total;
  if (!scalar_buffer(lr, NPY_DOUBLE) || !scalar_buffer(step, NPY_INT64) || !step.writeable() || means.is_none() ||
      squares.is_none() || !steps_of(params, grads, {means, squares}, &steps, &total))
    return py::none();
  const std::vector<InOrder> g = gradients(steps);
  int64_t& count = *step.data<int64_t>();
  const double t = (double)(count += count < INT64_MAX);
  const double correction1 = 1 - pow(beta1, t), correction2 = 1 - pow(beta2, t);
  const float rate = (float)*lr.data<double>();
  {
    Unlocked work((double)total * 8e-4);
    for (size_t i = 0; i < steps.size(); i++) {
      const Step& s = steps[i];
      kernels->adam_step(s.p.data(), s.state[0].data(), s.state[1].data(), g[i].data(), rate, beta1, beta2, (float)eps,
                         (float)weight_decay, decoupled, correction1, correction2, s.p.size());
    }
  }
  return py::bool_(true);
}

// images (N, C, ...) uint8 or float32, index (B) int64, scale and shift (C) or (1) -> (B, C, ...) float32
py::object gather_batch(const Array& images, const Array& index, const Array& scale, const Array& shift, const Array& out) {
  const bool bytes = images.is(NPY_UINT8);
  if (!(bytes || images.is_float()) || images.axes() < 2 || !images.c_order()) return py::none();
  if (!index.is(NPY_INT64) || index.axes() != 1 || !index.c_order()) return py::none();
  if (!scale.is_float() || !shift.is_float() || scale.axes() != 1 || shift.axes() != 1 || !scale.c_order() ||
      !shift.c_order() || scale.shape(0) != shift.shape(0))
    return py::none();
  const int64_t N = images.shape(0), B = index.shape(0), C = scale.shape(0);
  int64_t size = 1;  // of an image
  for (int i = 1; i < images.axes(); i++) size *= images.shape(i);
  if (C < 1 || (C != 1 && C != images.shape(1))) return py::none();
  int64_t few[64];  // a checked copy: another thread may write to the index while the GIL is released
  std::optional<Temporary> many;
  int64_t* const rows = B <= 64 ? few : (int64_t*)many.emplace("gather_batch", (size_t)B * sizeof(int64_t)).get();
  for (int64_t i = 0; i < B; i++) {
    const int64_t row = __atomic_load_n(index.data<int64_t>() + i, __ATOMIC_RELAXED);
    if ((uint64_t)row >= (uint64_t)N) return py::none();  // from the end, or an error: numpy knows
    rows[i] = row;
  }
  npy_intp shape[kMaxAxes];
  shape[0] = B;
  for (int i = 1; i < images.axes(); i++) shape[i] = images.shape(i);
  py::object y = result(out, images.axes(), shape, {&images, &index, &scale, &shift});
  if (!y) return py::none();
  Unlocked work((double)(B * size) * 2e-4);
  if (bytes)
    kernels->gather_bytes(floats(y), images.data<uint8_t>(), rows, scale.data(), shift.data(), B, C,
                          size / C);
  else
    kernels->gather_floats(floats(y), images.data(), rows, scale.data(), shift.data(), B, C, size / C);
  return y;
}

}  // namespace

void bind_optim(py::module_& m) {
  m.def("sgd_step", sgd_step);
  m.def("adam_step", adam_step);
  m.def("gather_batch", gather_batch);
}

}  // namespace mg
