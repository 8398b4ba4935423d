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
  Array p, g, state[3];  // null where there is none
  py::object held[5];

  const Array& hold(int i, PyObject* o, Array* view) {
    held[i] = py::reinterpret_borrow<py::object>(o);
    view->view(o);
    return *view;
  }
};
using Steps = std::vector<Step>;
using Lists = std::initializer_list<py::handle>;

bool state_fits(const Array& s, const Array& p) { return s.is_float() && s.writeable() && same_order(s, p); }

// The arrays of each parameter, or false if any is not one this step can serve. states: lists or None.
bool steps_of(py::handle params, py::handle grads, Lists states, Steps* steps) {
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
std::vector<InOrder> gradients(const Steps& steps, const char* op) {
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
template <class F> void in_groups(const Steps& steps, const std::vector<InOrder>& g, const F& f) {
  Parameters some;
  some.count = 0;
  for (size_t i = 0; i < steps.size(); i++) {
    const Step& s = steps[i];  // the state is null where there is none
    some.of[some.count++] = {s.p.data(), {s.state[0].data(), s.state[1].data(), s.state[2].data()}, g[i].data(), s.p.size()};
    if (some.count < kTogether && i + 1 < steps.size()) continue;
    f(some);
    some.count = 0;
  }
}

// A 0-d buffer, which a kernel reads when it runs, or writes.
const double* rate_of(const Array& a) { return a.is(NPY_DOUBLE) && a.size() == 1 ? a.data<double>() : nullptr; }
int64_t* count_of(const Array& a) { return a.is(NPY_INT64) && a.size() == 1 && a.writeable() ? a.data<int64_t>() : nullptr; }
double* number_of(const Array& a) { return a.writeable() ? const_cast<double*>(rate_of(a)) : nullptr; }

Gradients how(bool maximize, double weight_decay, bool decoupled = false) {
  return {maximize, decoupled ? 0.0f : (float)weight_decay};
}

// The step of all parameters by one kernel -> True, or None if the reference has to do it. before: called when all is checked,
// ahead of the first parameters. cost: nanoseconds, arrays: read and written, of an element.
template <auto Kernel, class Before, class... Numbers>
py::object step_all(const char* op, double cost, int arrays, py::handle params, py::handle grads, Lists states,
                    const Before& before, Numbers... numbers) {
  Steps steps;
  if (!steps_of(params, grads, states, &steps)) return py::none();
  const std::vector<InOrder> g = gradients(steps, op);
  before();
  in_groups(steps, g, [&](const Parameters& some) { launch<Kernel>(work_of(some, cost, arrays, op), some, numbers...); });
  return py::bool_(true);
}

void nothing_first() {}

// Counts a step.
auto count_first(int64_t* step, const char* op = __builtin_FUNCTION()) {
  return [=] {
    if (step) launch<&Kernels::count_step>(Work{0, 8, 0, op}, step);
  };
}

py::object sgd_step(py::handle params, py::handle grads, py::handle velocities, const Array& lr, double momentum,
                    double weight_decay, bool nesterov, bool keras, double dampening, double decay, bool maximize,
                    const Array& step) {
  const double* rate = rate_of(lr);
  int64_t* count = count_of(step);
  if (!rate || (!step.none && !count)) return py::none();
  return step_all<&Kernels::sgd_step>("sgd_step", 0.3, 4, params, grads, {velocities}, count_first(count),
                                      how(maximize, weight_decay), count, rate, (float)momentum, dampening, decay, nesterov,
                                      keras);
}

py::object adam_step(py::handle params, py::handle grads, py::handle means, py::handle squares, const Array& step,
                     const Array& lr, double beta1, double beta2, double eps, double weight_decay, bool decoupled,
                     py::handle largest, bool maximize) {
  const double* rate = rate_of(lr);
  int64_t* count = count_of(step);
  if (!rate || !count || means.is_none() || squares.is_none()) return py::none();
  return step_all<&Kernels::adam_step>("adam_step", 0.8, 6, params, grads, {means, squares, largest}, count_first(count),
                                       how(maximize, weight_decay, decoupled), count, rate, beta1, beta2, (float)eps,
                                       decoupled ? (float)weight_decay : 0.0f);
}

py::object nadam_step(py::handle params, py::handle grads, py::handle means, py::handle squares, const Array& step,
                      const Array& product, const Array& lr, double beta1, double beta2, double eps, double weight_decay,
                      double momentum_decay, bool decoupled, bool maximize) {
  const double* rate = rate_of(lr);
  int64_t* count = count_of(step);
  double* so_far = number_of(product);
  if (!rate || !count || !so_far || means.is_none() || squares.is_none()) return py::none();
  const auto before = [=] {
    count_first(count, "nadam_step")();
    launch<&Kernels::nadam_product>(Work{0, 8, 0, "nadam_step"}, so_far, count, beta1, momentum_decay);
  };
  return step_all<&Kernels::nadam_step>("nadam_step", 0.8, 6, params, grads, {means, squares}, before,
                                        how(maximize, weight_decay, decoupled), count, so_far, rate, beta1, beta2, (float)eps,
                                        decoupled ? (float)weight_decay : 0.0f, momentum_decay);
}

py::object radam_step(py::handle params, py::handle grads, py::handle means, py::handle squares, const Array& step,
                      const Array& lr, double beta1, double beta2, double eps, double weight_decay, bool decoupled,
                      bool maximize) {
  const double* rate = rate_of(lr);
  int64_t* count = count_of(step);
  if (!rate || !count || means.is_none() || squares.is_none()) return py::none();
  return step_all<&Kernels::radam_step>("radam_step", 0.8, 6, params, grads, {means, squares}, count_first(count),
                                        how(maximize, weight_decay, decoupled), count, rate, beta1, beta2, (float)eps,
                                        decoupled ? (float)weight_decay : 0.0f);
}

py::object adamax_step(py::handle params, py::handle grads, py::handle means, py::handle norms, const Array& step,
                       const Array& lr, double beta1, double beta2, double eps, double weight_decay, bool maximize) {
  const double* rate = rate_of(lr);
  int64_t* count = count_of(step);
  if (!rate || !count || means.is_none() || norms.is_none()) return py::none();
  return step_all<&Kernels::adamax_step>("adamax_step", 0.6, 6, params, grads, {means, norms}, count_first(count),
                                         how(maximize, weight_decay), count, rate, beta1, beta2, (float)eps);
}

py::object rmsprop_step(py::handle params, py::handle grads, py::handle squares, py::handle means, py::handle velocities,
                        const Array& lr, double alpha, double eps, double weight_decay, double momentum, bool maximize) {
  const double* rate = rate_of(lr);
  if (!rate || squares.is_none()) return py::none();
  return step_all<&Kernels::rmsprop_step>("rmsprop_step", 0.6, 6, params, grads, {squares, means, velocities}, nothing_first,
                                          how(maximize, weight_decay), rate, alpha, (float)eps, (float)momentum);
}

py::object adagrad_step(py::handle params, py::handle grads, py::handle sums, const Array& step, const Array& lr,
                        double lr_decay, double eps, double weight_decay, bool maximize) {
  const double* rate = rate_of(lr);
  int64_t* count = count_of(step);
  if (!rate || !count || sums.is_none()) return py::none();
  return step_all<&Kernels::adagrad_step>("adagrad_step", 0.5, 4, params, grads, {sums}, count_first(count),
                                          how(maximize, weight_decay), count, rate, lr_decay, (float)eps);
}

py::object adadelta_step(py::handle params, py::handle grads, py::handle squares, py::handle changes, const Array& lr,
                         double rho, double eps, double weight_decay, bool maximize) {
  const double* rate = rate_of(lr);
  if (!rate || squares.is_none() || changes.is_none()) return py::none();
  return step_all<&Kernels::adadelta_step>("adadelta_step", 0.9, 6, params, grads, {squares, changes}, nothing_first,
                                           how(maximize, weight_decay), rate, rho, (float)eps);
}

py::object lion_step(py::handle params, py::handle grads, py::handle means, const Array& lr, double beta1, double beta2,
                     double weight_decay, bool maximize) {
  const double* rate = rate_of(lr);
  if (!rate || means.is_none()) return py::none();
  return step_all<&Kernels::lion_step>("lion_step", 0.4, 4, params, grads, {means}, nothing_first, how(maximize, 0), rate,
                                       beta1, beta2, (float)weight_decay);
}

py::object rprop_step(py::handle params, py::handle grads, py::handle before, py::handle sizes, const Array& step,
                      const Array& lr, double shrink, double grow, double smallest, double largest, bool maximize) {
  const double* rate = rate_of(lr);
  int64_t* count = count_of(step);
  if (!rate || !count || before.is_none() || sizes.is_none()) return py::none();
  return step_all<&Kernels::rprop_step>("rprop_step", 0.5, 6, params, grads, {before, sizes}, count_first(count),
                                        how(maximize, 0), count, rate, (float)shrink, (float)grow, (float)smallest,
                                        (float)largest);
}

py::object asgd_step(py::handle params, py::handle grads, py::handle averages, const Array& step, const Array& eta,
                     const Array& lr, double lambd, double alpha, double t0, double weight_decay, bool maximize) {
  const double* rate = rate_of(lr);
  int64_t* count = count_of(step);
  double* size = number_of(eta);
  if (!rate || !count || !size || averages.is_none()) return py::none();
  py::object done = step_all<&Kernels::asgd_step>("asgd_step", 0.4, 4, params, grads, {averages}, count_first(count),
                                                  how(maximize, weight_decay), count, size, rate, lambd, t0);
  if (!done.is_none()) launch<&Kernels::asgd_eta>(Work{0, 8, 0, "asgd_step"}, size, count, rate, lambd, alpha);
  return done;
}

py::object average_step(py::handle averages, py::handle params, const Array& count, py::handle decay) {
  int64_t* n = count_of(count);
  if (!n) return py::none();
  py::object done = step_all<&Kernels::average_step>("average_step", 0.25, 3, averages, params, {}, nothing_first, n,
                                                     decay.is_none() ? -1.0 : decay.cast<double>());
  if (!done.is_none()) launch<&Kernels::count_step>(Work{0, 8, 0, "average_step"}, n);
  return done;
}

}  // namespace

void bind_optim(py::module_& m) {
  m.def("sgd_step", sgd_step);
  m.def("adam_step", adam_step);
  m.def("nadam_step", nadam_step);
  m.def("radam_step", radam_step);
  m.def("adamax_step", adamax_step);
  m.def("rmsprop_step", rmsprop_step);
  m.def("adagrad_step", adagrad_step);
  m.def("adadelta_step", adadelta_step);
  m.def("lion_step", lion_step);
  m.def("rprop_step", rprop_step);
  m.def("asgd_step", asgd_step);
  m.def("average_step", average_step);
}

}  // namespace mg
