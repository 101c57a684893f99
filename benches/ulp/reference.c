/* Function values in quadruple precision (113 bits), for `ulp.rs`: an independent reference, glibc's.
 *
 *     cc -O2 -D_GNU_SOURCE reference.c -lm
 *
 * The argument is a function's name. Reads doubles from the standard input, and writes for each the value as a sum of two doubles, the
 * larger first. */
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef _Float128 quad;

static quad ndtr(quad x) { return erfcf128(-x * M_SQRT1_2f128) / 2; }
static quad sigmoid(quad x) { return x < 0 ? expf128(x) / (1 + expf128(x)) : 1 / (1 + expf128(-x)); }
static quad softplus(quad x) { return fmaxf128(x, 0) + log1pf128(expf128(-fabsf128(x))); }
static quad gauss(quad x) { return expf128(-x * x / 2); }
static quad gelu(quad x) { return isinf(x) ? fmaxf128(x, 0) : x * ndtr(x); }
static quad silu(quad x) { return isinf(x) ? fmaxf128(x, 0) : x * sigmoid(x); }
static quad gelu_tanh(quad x) {
    quad c = 0.044715F128;
    if (isinf(x)) return fmaxf128(x, 0);
    return x * sigmoid(2 * sqrtf128(2 / M_PIf128) * (x + c * x * x * x));
}

static const struct {
    const char *name;
    quad (*f)(quad);
} functions[] = {
    {"exp", expf128},   {"exp2", exp2f128},   {"exp_m1", expm1f128}, {"ln", logf128},       {"log2", log2f128},
    {"log10", log10f128}, {"ln_1p", log1pf128}, {"sin", sinf128},    {"cos", cosf128},      {"sinh", sinhf128},
    {"cosh", coshf128}, {"tanh", tanhf128},   {"sigmoid", sigmoid},  {"softplus", softplus}, {"gauss", gauss},
    {"erf", erff128},   {"erfc", erfcf128},   {"ndtr", ndtr},        {"gelu", gelu},        {"gelu_tanh", gelu_tanh},
    {"silu", silu},
};

int main(int argc, char **argv) {
    quad (*f)(quad) = NULL;
    for (size_t i = 0; argc == 2 && i < sizeof functions / sizeof *functions; i++)
        if (strcmp(argv[1], functions[i].name) == 0) f = functions[i].f;
    if (!f) return 2;
    double x[512], y[1024];
    size_t n;
    while ((n = fread(x, sizeof *x, 512, stdin)) > 0) {
        for (size_t i = 0; i < n; i++) {
            quad v = f(x[i]);
            y[2 * i] = (double)v;
            y[2 * i + 1] = isfinite(y[2 * i]) ? (double)(v - y[2 * i]) : 0;
        }
        if (fwrite(y, sizeof *y, 2 * n, stdout) != 2 * n) return 1;
    }
    return 0;
}
