/* y = x / (1 + exp(-x)) and its gradient, over n numbers, in float and in double. */
#include <math.h>

#define KERNELS(T)                                                          \
    void swish_##T(long n, const T *x, T *y) {                              \
        for (long i = 0; i < n; i++) y[i] = x[i] / (1 + exp(-x[i]));        \
    }                                                                       \
    void swish_gradient_##T(long n, const T *x, const T *g, T *gx) {        \
        for (long i = 0; i < n; i++) {                                      \
            double s = 1 / (1 + exp(-x[i]));                                \
            gx[i] = g[i] * s * (1 + x[i] * (1 - s));                        \
        }                                                                   \
    }

KERNELS(float)
KERNELS(double)
