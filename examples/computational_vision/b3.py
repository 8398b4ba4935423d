"""B3. The matrix A = [[3, 4], [3, 4]], and A x = b for b = (2, 3).

Find rank, row space and null space, the singular value decomposition, the pseudo-inverse A+, the least-squares solution of
smallest norm and all others, and the unit vectors that minimise ||A x||. Then, with the engine: the gradient of that solution.
"""

from fractions import Fraction

import numpy as np

import minigrad as mg
from minigrad.worksheet import worksheet

A, B = np.array([[3.0, 4.0], [3.0, 4.0]]), np.array([2.0, 3.0])
FIFTHS = Fraction(3, 5), Fraction(4, 5)
PINV = [[Fraction(3, 50), Fraction(3, 50)], [Fraction(4, 50), Fraction(4, 50)]]


def times(*matrices):
    """Their product, over Fractions."""
    product = matrices[0]
    for m in matrices[1:]:
        product = [[sum(a * b for a, b in zip(row, column)) for column in zip(*m)] for row in product]
    return product


def turned(m):
    return [list(row) for row in zip(*m)]


def work(sheet):
    u, s, vt = (t.numpy() for t in mg.linalg.svd(A))
    r, n = vt[0] * np.sign(vt[0, 0]), vt[1] * np.sign(vt[1, 1])         # the signs of singular vectors are free: choose
    u1, u2 = u[:, 0] * np.sign(u[0, 0]), u[:, 1] * np.sign(u[1, 1])
    sheet.answer("rank", mg.linalg.matrix_rank(A), 1)
    sheet.say("   Both rows are (3, 4): A x = (r.x, r.x) * 5 sees nothing of x but its part along r = (3, 4) / 5.")
    sheet.answer("row space: all multiples of r", r, [0.6, 0.8], 1e-12)
    sheet.answer("null space: all multiples of n, which is perpendicular to r", n, [-0.8, 0.6], 1e-12)
    sheet.answer("A n", A @ n, [0, 0], 1e-12)
    sheet.say("", "A = U Sigma V^T with V = [r n], Sigma = diag(5 sqrt 2, 0), for A r = (5, 5) = 5 sqrt 2 u1:")
    sheet.answer("singular values", s, [5 * np.sqrt(2), 0], 1e-12)
    sheet.answer("u1 = (1, 1) / sqrt 2", u1, [np.sqrt(0.5)] * 2, 1e-12)
    sheet.answer("u2 = (-1, 1) / sqrt 2", u2, [-np.sqrt(0.5), np.sqrt(0.5)], 1e-12)
    sheet.answer("U Sigma V^T with these", np.column_stack([u1, u2]) @ np.diag(s) @ [r, n], [[3, 4], [3, 4]], 1e-12)

    sheet.say("", "A+ = V Sigma+ U^T = r u1^T / (5 sqrt 2), where Sigma+ inverts what is not 0:")
    sheet.answer("A+ = [[3, 3], [4, 4]] / 50", mg.linalg.pinv(A), [[float(q) for q in row] for row in PINV], 1e-12)
    exact = [[Fraction(3), Fraction(4)]] * 2
    penrose = [times(exact, PINV, exact) == exact, times(PINV, exact, PINV) == PINV,
               turned(times(exact, PINV)) == times(exact, PINV), turned(times(PINV, exact)) == times(PINV, exact)]
    sheet.answer("it meets Penrose's four conditions, over Fractions", penrose, [True] * 4)
    x = mg.linalg.lstsq(A, B).solution.numpy()
    sheet.answer("the least-squares solution of smallest norm, x* = A+ b", x, [0.3, 0.4], 1e-12)
    others = [x + k * n for k in (-3, 1, 7)]
    sheet.answer("A x - b is the same at x* + k n, for k = -3, 1, 7", [A @ z - B for z in others], [[0.5, -0.5]] * 3, 1e-12)
    sheet.answer("but these are longer: ||x* + k n||^2 = 1/4 + k^2", [z @ z for z in others], [9.25, 1.25, 49.25], 1e-12)

    sheet.say("", "Unit vectors: ||A x||^2 = 2 (3 x1 + 4 x2)^2 is 0 only where 3 x1 + 4 x2 = 0, so where x = k (-4, 3); that",
              "has length 1 only for k = 1/5 and k = -1/5. All eight with entries 3/5 and 4/5, in any order, with any signs:")
    found = []
    for v in sorted({(s * a, t * b) for a, b in (FIFTHS, FIFTHS[::-1]) for s in (1, -1) for t in (1, -1)}):
        square = sum(row[0] ** 2 for row in times(exact, [[v[0]], [v[1]]]))
        sheet.say(f"      ||A ({v[0]}, {v[1]})||^2 = {square}")
        found += [v] if square == 0 else []
    sheet.answer("the unit vectors that minimise ||A x||", found, [(-FIFTHS[1], FIFTHS[0]), (FIFTHS[1], -FIFTHS[0])],
                 published="these and two more", because="3 x1 + 4 x2 = 0 and length 1 leave only these two. With one sign "
                 "turned, ||A (4/5, 3/5)|| = 24 sqrt 2 / 5 = 6.79; in the row space, ||A (3/5, 4/5)|| = 5 sqrt 2 = 7.07.")
    angle = np.linspace(0, 2 * np.pi, 3601)
    length = np.linalg.norm(A @ np.array([np.cos(angle), np.sin(angle)]), axis=0)

    sheet.say("", "Our own: gradients. x* = A+ b is linear in b. Along A -> t A the rank stays 1, and x* = A+ b / t:")
    sheet.answer("dx*/db, by the engine, is A+", mg.jacobian(lambda b: mg.linalg.lstsq(A, b).solution)(B),
                 [[0.06, 0.06], [0.08, 0.08]], 1e-12)
    one = np.array(1.0)
    sheet.answer("dx*/dt at t = 1 is -x*", mg.jacobian(lambda t: mg.linalg.lstsq(A * t, B).solution)(one), [-0.3, -0.4], 1e-12)
    sheet.answer("dA+/dt at t = 1 is -A+", mg.jacobian(lambda t: mg.linalg.pinv(A * t))(one), [[-0.06] * 2, [-0.08] * 2], 1e-12)
    other = np.array([[0.0, 0.0], [0.0, 1.0]])
    sheet.say("Across a change of rank A+ is not even continuous: A + eps [[0, 0], [0, 1]] has rank 2, and its inverse grows",
              "as 1/eps. So there is no gradient in that direction, and none is claimed.")
    grown = [eps * np.linalg.norm(mg.linalg.pinv(A + eps * other).numpy()) for eps in (1e-2, 1e-4, 1e-6)]
    sheet.answer("eps ||(A + eps E)+|| for eps = 1e-2, 1e-4, 1e-6", grown, [np.sqrt(50) / 3] * 3, 0.02)
    draw(sheet, x, n, angle, length)


def draw(sheet, x, n, angle, length):
    with sheet.figure("b3_solutions", size=(6.4, 3.4)) as figure:
        left, right = figure.subplots(1, 2)
        line = x + np.linspace(-1.6, 1.6, 2)[:, None] * n
        left.plot(*line.T, color="#4477aa", label="x* + k n: all solutions")
        left.plot([-0.9, 0.9], [-1.2, 1.2], color="#228833", linestyle="--", label="row space")
        left.plot([1.2, -1.2], [-0.9, 0.9], color="#bbbbbb", linestyle="--", label="null space")
        left.plot(*x, "o", color="#ee7733", markersize=8, label="x* = (3/10, 4/10)")
        left.set(xlabel="x₁", ylabel="x₂", aspect="equal", xlim=(-1.4, 1.4), ylim=(-2.5, 1.5), title="B3: A x = b")
        left.legend(fontsize=8, loc="lower left")
        right.plot(np.degrees(angle), length, color="#4477aa")
        for v in (n, -n):
            at = np.degrees(np.arctan2(v[1], v[0])) % 360
            right.plot(at, 0, "o", color="#ee7733")
            right.annotate(f"({v[0]:.1f}, {v[1]:.1f})", (at, 0), xytext=(0, -18), textcoords="offset points", ha="center",
                           fontsize=8)
        right.set(ylim=(-0.9, 7.6), xlabel="angle of the unit vector x, degrees", ylabel="‖A x‖", xticks=range(0, 361, 90),
                  title="‖A x‖ = 0 twice")


if __name__ == "__main__":
    worksheet(work)
