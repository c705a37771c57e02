/* Multigrid for conduction between the nodes of a box: nine points, interpolation from the matrix.

   Black box multigrid (Dendy 1982, 10.1016/0021-9991(82)90057-2): each second node along both axes
   is coarse; what lies between takes the value that its own row of the matrix gives it, summed
   across where it must; the coarse matrix is P^T A P. Nodes are relaxed colour by colour, down in
   one order, up in the reverse: symmetric, and the same on any number of ranks.

   A level is a slab of columns with BORDER more at either end, and a row of nothing below and above.
   Entry k of an array lies at column k / stride, row k % stride. East is the next column, north the
   next row; an entry of the matrix stands at its western node (of two in a column, the southern). */

#include <math.h>

#define BORDER 3
#define NEGLIGIBLE 1e-12 /* of a row against its diagonal: round-off */

typedef struct {
    int columns, rows, stride, first; /* own columns; rows; rows + 2; number of the first column */
    int five;                         /* nothing conducts along diagonals */
    double *centre, *east, *north, *northeast, *southeast, *inverse; /* the matrix, 1 / centre */
    double *sw, *se, *nw, *ne; /* weights of the coarse nodes to either side, below and above */
    double *x, *b, *r;         /* solution, right side, residual */
} Level;

/* Rows of this column that are even and odd by number begin here; column by its place. */
static int at(const Level *l, int column) { return (column + BORDER) * l->stride + 1; }
static int is_odd(const Level *l, int column) { return (l->first + column) & 1; }

static double entry(const Level *l, int k, int dx, int dy)
{
    const int s = l->stride;
    if (dx == 0) return dy == 0 ? l->centre[k] : dy > 0 ? l->north[k] : l->north[k - 1];
    if (dy == 0) return dx > 0 ? l->east[k] : l->east[k - s];
    if (dx > 0) return dy > 0 ? l->northeast[k] : l->southeast[k];
    return dy > 0 ? l->southeast[k - s + 1] : l->northeast[k - s - 1];
}

/* What a row has beyond what ties it to its neighbours: reaction, contact, or a given value. */
static double excess(const Level *l, int k)
{
    double sum = 0.0;
    for (int dx = -1; dx <= 1; ++dx)
        for (int dy = -1; dy <= 1; ++dy) sum += entry(l, k, dx, dy);
    return sum > NEGLIGIBLE * l->centre[k] ? sum : 0.0;
}

static double share(double tie, double whole) { return whole > 0.0 ? fmax(tie, 0.0) / whole : 0.0; }

static void weigh_edges(Level *l, int column)
{
    for (int row = 0; row < l->rows; ++row) {
        const int k = at(l, column) + row, odd_column = is_odd(l, column), odd_row = row & 1;
        l->sw[k] = l->se[k] = l->nw[k] = l->ne[k] = 0.0;
        if (odd_column && odd_row) continue;
        if (!odd_column && !odd_row) {
            l->sw[k] = 1.0;
            continue;
        }
        double before = 0.0, after = 0.0;
        for (int d = -1; d <= 1; ++d) {
            before -= odd_column ? entry(l, k, -1, d) : entry(l, k, d, -1);
            after -= odd_column ? entry(l, k, 1, d) : entry(l, k, d, 1);
        }
        const double whole = fmax(before, 0.0) + fmax(after, 0.0) + excess(l, k);
        l->sw[k] = share(before, whole);
        *(odd_column ? &l->se[k] : &l->nw[k]) = share(after, whole);
    }
}

static void weigh_middles(Level *l, int column)
{
    const int s = l->stride;
    for (int row = 1; row < l->rows; row += 2) {
        const int k = at(l, column) + row, w = k - s, e = k + s, n = k + 1, south = k - 1;
        const double i = l->inverse[k];
        const double W = -l->east[w], E = -l->east[k], N = -l->north[k], S = -l->north[south];
        l->sw[k] = (-l->northeast[w - 1] + W * l->sw[w] + S * l->sw[south]) * i;
        l->se[k] = (-l->southeast[k] + E * l->sw[e] + S * l->se[south]) * i;
        l->nw[k] = (-l->southeast[w + 1] + W * l->nw[w] + N * l->sw[n]) * i;
        l->ne[k] = (-l->northeast[k] + E * l->nw[e] + N * l->se[n]) * i;
    }
}

/* Weights and inverse diagonal, from the matrix of all columns that are here. */
void weigh(Level *l)
{
    const int size = (l->columns + 2 * BORDER) * l->stride;
    l->five = 1;
    for (int k = 0; k < size; ++k) {
        l->inverse[k] = l->centre[k] > 0.0 ? 1.0 / l->centre[k] : 0.0;
        if (l->northeast[k] != 0.0 || l->southeast[k] != 0.0) l->five = 0;
    }
    for (int column = -2; column < l->columns + 2; ++column) weigh_edges(l, column);
    for (int column = -1; column < l->columns + 1; ++column)
        if (is_odd(l, column)) weigh_middles(l, column);
}

/* One node's part of A P in terms of the coarse nodes around `I`: offsets −1, 0, 1 in both. */
static void add_row(const Level *l, int k, int dx, int dy, double weight, double sums[3][3])
{
    static const int low[5] = {-1, -1, 0, 0, 1}, high[5] = {-1, 0, 0, 1, 1};
    for (int ex = -1; ex <= 1; ++ex)
        for (int ey = -1; ey <= 1; ++ey) {
            if (l->five && ex && ey) continue;
            const double a = weight * entry(l, k, ex, ey);
            if (a == 0.0) continue;
            const int j = k + ex * l->stride + ey, tx = dx + ex + 2, ty = dy + ey + 2;
            double *west = sums[low[tx] + 1] + 1, *east = sums[high[tx] + 1] + 1;
            west[low[ty]] += a * l->sw[j];
            west[high[ty]] += a * l->nw[j];
            east[low[ty]] += a * l->se[j];
            east[high[ty]] += a * l->ne[j];
        }
}

static double weight_to(const Level *l, int k, int dx, int dy)
{
    return dx < 0 ? (dy < 0 ? l->ne[k] : l->se[k]) : (dy < 0 ? l->nw[k] : l->sw[k]);
}

/* The coarse matrix of the own columns; `offset` as for `restrict_residual`. */
void galerkin(const Level *fine, Level *coarse, int offset)
{
    for (int column = 0; column < coarse->columns; ++column)
        for (int row = 0; row < coarse->rows; ++row) {
            double sums[3][3] = {{0.0}};
            const int k = at(fine, 2 * column + offset) + 2 * row, K = at(coarse, column) + row;
            for (int dx = -1; dx <= 1; ++dx)
                for (int dy = -1; dy <= 1; ++dy) {
                    if (2 * row + dy < 0 || 2 * row + dy >= fine->rows) continue;
                    const int i = k + dx * fine->stride + dy;
                    const double weight = weight_to(fine, i, dx, dy);
                    if (weight != 0.0) add_row(fine, i, dx, dy, weight, sums);
                }
            coarse->centre[K] = sums[1][1];
            coarse->east[K] = sums[2][1];
            coarse->north[K] = sums[1][2];
            coarse->northeast[K] = sums[2][2];
            coarse->southeast[K] = sums[2][0];
        }
}

static double along_axes(const Level *l, int k)
{
    const int s = l->stride;
    const double *x = l->x;
    return l->b[k] - (l->east[k] * x[k + s] + l->east[k - s] * x[k - s]) -
           (l->north[k] * x[k + 1] + l->north[k - 1] * x[k - 1]);
}

static double along_diagonals(const Level *l, int k)
{
    const int s = l->stride;
    const double *x = l->x;
    return l->northeast[k] * x[k + s + 1] + l->northeast[k - s - 1] * x[k - s - 1] +
           l->southeast[k] * x[k + s - 1] + l->southeast[k - s + 1] * x[k - s + 1];
}

/* Relax the nodes of one colour: of two with five points, of four with nine. */
void relax(Level *l, int colour)
{
    for (int column = 0; column < l->columns; ++column) {
        const int odd = is_odd(l, column), k = at(l, column), end = k + l->rows;
        if (l->five)
            for (int i = k + (odd ^ colour); i < end; i += 2)
                l->x[i] = along_axes(l, i) * l->inverse[i];
        else if (odd == colour >> 1)
            for (int i = k + (colour & 1); i < end; i += 2)
                l->x[i] = (along_axes(l, i) - along_diagonals(l, i)) * l->inverse[i];
    }
}

void find_residual(Level *l)
{
    for (int column = 0; column < l->columns; ++column) {
        const int k = at(l, column), end = k + l->rows;
        for (int i = k; i < end; ++i) l->r[i] = along_axes(l, i) - l->centre[i] * l->x[i];
        if (!l->five)
            for (int i = k; i < end; ++i) l->r[i] -= along_diagonals(l, i);
    }
}

/* b of the coarse level from r of the fine one; column 0 of it is column `offset` there. */
void restrict_residual(const Level *fine, Level *coarse, int offset)
{
    for (int column = 0; column < coarse->columns; ++column)
        for (int row = 0; row < coarse->rows; ++row) {
            const int k = at(fine, 2 * column + offset) + 2 * row;
            double sum = fine->r[k];
            for (int dx = -1; dx <= 1; ++dx)
                for (int dy = -1; dy <= 1; ++dy) {
                    const int i = k + dx * fine->stride + dy; /* outside the box r is 0 */
                    if (dx || dy) sum += weight_to(fine, i, dx, dy) * fine->r[i];
                }
            coarse->b[at(coarse, column) + row] = sum;
        }
}

/* x of the fine level += P x of the coarse one. */
void prolong(Level *fine, const Level *coarse, int offset)
{
    for (int column = 0; column < fine->columns; ++column) {
        const int place = column - offset, low = (place - (place & 1)) / 2, k = at(fine, column);
        const double *west = coarse->x + at(coarse, low);
        const double *east = coarse->x + at(coarse, low + (place & 1));
        for (int row = 0; row < fine->rows; ++row) {
            const int j = row / 2, above = j + (row & 1), i = k + row;
            fine->x[i] += fine->sw[i] * west[j] + fine->se[i] * east[j] + fine->nw[i] * west[above] +
                          fine->ne[i] * east[above];
        }
    }
}

/* Relax all colours of a level whose columns are all here, downwards or in the reverse order. */
static void sweep(Level *l, int up)
{
    const int colours = l->five ? 2 : 4;
    for (int colour = 0; colour < colours; ++colour) relax(l, up ? colours - 1 - colour : colour);
}

/* A cycle over levels whose columns are all here; `dense` inverts the last, n by n. */
void cycle(Level *levels, int count, const double *dense, int n)
{
    for (int j = 0; j < count; ++j) {
        Level *l = levels + j;
        const int size = (l->columns + 2 * BORDER) * l->stride;
        for (int k = 0; k < size; ++k) l->x[k] = 0.0;
        if (j == count - 1) break;
        sweep(l, 0);
        find_residual(l);
        restrict_residual(l, l + 1, 0);
    }
    Level *last = levels + count - 1;
    for (int i = 0; i < n; ++i) {
        double sum = 0.0;
        for (int j = 0; j < n; ++j)
            sum += dense[i * n + j] * last->b[at(last, j / last->rows) + j % last->rows];
        last->x[at(last, i / last->rows) + i % last->rows] = sum;
    }
    for (int j = count - 2; j >= 0; --j) {
        prolong(levels + j, levels + j + 1, 0);
        sweep(levels + j, 1);
    }
}
