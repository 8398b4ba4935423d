"""The error function, which numpy does not have."""

from minigrad.kernels.halves import in_single

# Rational approximations of fdlibm's s_erf.c (Sun Microsystems, 1993), whose errors are below one unit in the last place:
# numerator and denominator, the lowest power first.
CENTRE = ((1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02, -5.77027029648944159157e-03,
           -2.37630166566501626084e-05),
          (1, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03, 1.32494738004321644526e-04,
           -3.96022827877536812320e-06))
AROUND_1 = ((-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01, 3.18346619901161753674e-01,
             -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03),
            (1, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02, 1.26171219808761642112e-01,
             1.36370839120290507362e-02, 1.19844998467991074170e-02))
AT_1 = 8.45062911510467529297e-01
MIDDLE = ((-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01, -6.23753324503260060396e+01,
           -1.62396669462573470355e+02, -1.84605092906711035994e+02, -8.12874355063065934246e+01, -9.81432934416914548592e+00),
          (1, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02, 6.45387271733267880336e+02,
           4.29008140027567833386e+02, 1.08635005541779435134e+02, 6.57024977031928170135e+00, -6.04244152148580987438e-02))
FAR = ((-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01, -1.60636384855821916062e+02,
        -6.37566443368389627722e+02, -1.02509513161107724954e+03, -4.83519191608651397019e+02),
       (1, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03, 3.19985821950859553908e+03,
        2.55305040643316442583e+03, 4.74528541206955367215e+02, -2.24409524465858183362e+01))


class ErrorFunction:
    """erf and what is left of 1, elementwise."""

    @in_single
    def erf(self, a, out=None):
        """2 / sqrt(pi) times the integral of exp(-t t) from 0 to a."""
        xp = self.xp
        with self._quiet():
            x, near, around, beyond = self._parts(a)
            y = xp.where(x < 0.84375, near, xp.where(x < 1.25, around, 1 - beyond))
            return self._as_it_was(xp.copysign(y, a), a, out)

    @in_single
    def erfc(self, a, out=None):
        """1 - erf(a), to all digits where that is small."""
        xp = self.xp
        with self._quiet():
            x, near, around, beyond = self._parts(a)
            rest = xp.where(x < 0.84375, 1 - near, xp.where(x < 1.25, 1 - around, beyond))
            return self._as_it_was(xp.where(a < 0, 2 - rest, rest), a, out)

    def _parts(self, a):
        """|a| in float64, erf of it up to 0.84, up to 1.25, and 1 - erf from there."""
        xp = self.xp
        x = xp.abs(xp.asarray(a, xp.float64))
        z = xp.where(x < 0.84375, x * x, 0.0)
        around = AT_1 + _ratio(AROUND_1, xp.where((x >= 0.84375) & (x < 1.25), x - 1, 0.0))
        t = xp.clip(x, 1.25, 28.0)
        s = 1 / (t * t)
        tail = xp.where(t < 1 / 0.35, _ratio(MIDDLE, s), _ratio(FAR, s))
        high = xp.asarray(t, xp.float32).astype(xp.float64)        # of which the square is exact
        beyond = xp.exp(-high * high - 0.5625) * xp.exp((high - t) * (high + t) + tail) / t
        return x, x + x * _ratio(CENTRE, z), around, beyond

    def _as_it_was(self, y, a, out):
        return self._give(self.xp.where(self.xp.isnan(a), a, y).astype(self.xp.asarray(a).dtype, copy=False), out)


def _ratio(fraction, x):
    """The quotient of two polynomials, by Horner's scheme."""
    up, down = ([*reversed(coefficients)] for coefficients in fraction)
    values = []
    for first, *others in (up, down):
        y = first
        for c in others:
            y = y * x + c
        values.append(y)
    return values[0] / values[1]


