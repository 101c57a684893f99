// The contestants in C++, a program for each library: compiled with -DADOLC, -DSTAN, -DCPPAD or -DCODIPACK by `peers.py`.
// Speaks as src/main.rs does: reads lines `WORKLOAD SECONDS` and answers each with the shortest time of one evaluation in
// microseconds and the numbers to compare, or with `-`. Its arguments: `record`, or `replay` for a function that is recorded
// once and whose tape is evaluated again and again; and the path of the mixture. Or `version`, and it prints the library's.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

// Each library: its number, its version, and `gradient`, which records `f` at `x`, writes the gradient to `g` and returns the
// value. `on` holds the variables; the memory of the tape is kept from one call to the next. When `again`, f is that of the last
// call, and a library that can do so evaluates what it recorded then.

using Point = std::vector<double>;

#if defined(ADOLC)

#include <adolc/adolc.h>

using Number = adouble;
const char *version = ADOLC;

template <class F> double gradient(F f, std::vector<Number> &on, const Point &x, Point &g, bool again) {
    const short tag = x.size(); // a tape keeps the buffers that it was given first
    double value, one = 1;
    if (again) {
        zos_forward(tag, 1, x.size(), 1, x.data(), &value);
    } else {
        // The usual buffers have room for half a million entries, and what does not fit goes to files.
        const unsigned entries = x.size() < 10 ? 1 << 19 : 1 << 24;
        trace_on(tag, 1, entries, entries, entries, entries);
        for (size_t i = 0; i < x.size(); i++)
            on[i] <<= x[i];
        f(on) >>= value;
        trace_off();
    }
    fos_reverse(tag, 1, x.size(), &one, g.data());
    return value;
}

#elif defined(CODIPACK)

#include <codi.hpp>

using Number = codi::RealReverse;
const char *version = CODI_VERSION;

template <class F> double gradient(F f, std::vector<Number> &on, const Point &x, Point &g, bool) {
    auto &tape = Number::getTape();
    tape.setActive();
    for (size_t i = 0; i < x.size(); i++) {
        on[i] = x[i];
        tape.registerInput(on[i]);
    }
    Number y = f(on);
    tape.registerOutput(y);
    tape.setPassive();
    y.setGradient(1);
    tape.evaluate();
    for (size_t i = 0; i < x.size(); i++)
        g[i] = on[i].getGradient();
    tape.reset();
    return y.getValue();
}

#elif defined(CPPAD)

#include <cppad/cppad.hpp>

using Number = CppAD::AD<double>;
const std::string version = std::string(CPPAD_PACKAGE_STRING).substr(6);
CppAD::ADFun<double> tape;

template <class F> double gradient(F f, std::vector<Number> &on, const Point &x, Point &g, bool again) {
    double value;
    if (again) {
        value = tape.Forward(0, x)[0];
    } else {
        CppAD::thread_alloc::hold_memory(true);
        std::copy(x.begin(), x.end(), on.begin());
        CppAD::Independent(on);
        std::vector<Number> y{f(on)};
        CppAD::ADFun<double> recorded(on, y);
        value = CppAD::Value(y[0]);
        tape.swap(recorded);
    }
    g = tape.Reverse(1, Point{1});
    return value;
}

#elif defined(STAN)

#include <stan/math/rev/core.hpp>
#include <stan/math/rev/fun/exp.hpp>
#include <stan/math/rev/fun/log.hpp>
#include <stan/math/rev/fun/sin.hpp>
#include <stan/math/version.hpp>

using Number = stan::math::var;
const std::string version = stan::math::MAJOR_VERSION + "." + stan::math::MINOR_VERSION + "." + stan::math::PATCH_VERSION;

template <class F> double gradient(F f, std::vector<Number> &on, const Point &x, Point &g, bool) {
    for (size_t i = 0; i < x.size(); i++)
        on[i] = x[i];
    Number y = f(on);
    double value = y.val();
    y.grad();
    for (size_t i = 0; i < x.size(); i++)
        g[i] = on[i].adj();
    stan::math::recover_memory();
    return value;
}

#endif

// The workloads as ../src/lib.rs has them.

const int CELLS = 100, STEPS = 2000;
const double C = 0.125;

Point initial_state() {
    Point x(CELLS);
    for (int i = 0; i < CELLS; i++)
        x[i] = 0.5 + 0.5 * std::sin(2 * M_PI * i / 98.5) + 0.0001;
    return x;
}

// `flux` sets its last argument, so that a library with templates of expressions sees each as one.
template <class Flux> Number transport(const std::vector<Number> &start, Flux flux) {
    std::vector<Number> q = start, between(CELLS - 1);
    for (int step = 0; step < STEPS; step++) {
        for (int i = 0; i < CELLS - 1; i++)
            flux(q[i], q[i + 1], between[i]);
        for (int i = 1; i < CELLS - 1; i++)
            q[i] = q[i] + (between[i - 1] - between[i]);
        q[0] = q[CELLS - 2];
        q[CELLS - 1] = q[1];
    }
    Number sum = 0;
    for (const Number &x : q)
        sum = sum + x * x;
    return sum;
}

void lax_wendroff(const Number &a, const Number &b, Number &flux) { flux = 0.5 * C * (a + b + C * (a - b)); }

void toon(const Number &a, const Number &b, Number &flux) { flux = (exp(C * log(a / b)) - 1) * a * b / (a - b); }

Number tiny(const std::vector<Number> &x) { return x[0] * x[1] + sin(x[0]); }

// The log-posterior of a mixture, as examples/adbench/gmm.rs has it for scalars, with the same names.
struct Mixture {
    size_t d, k, n;
    Point parameters, points;
    double gamma, m;

    // `path` is that of a gzipped input of ADBench.
    explicit Mixture(const std::string &path) {
        FILE *words = popen(("gzip -dc '" + path + "'").c_str(), "r");
        auto next = [&] {
            double word;
            if (std::fscanf(words, "%lf", &word) != 1)
                std::exit((std::fprintf(stderr, "cannot read %s\n", path.c_str()), 1));
            return word;
        };
        d = next(), k = next(), n = next();
        parameters.resize(k * (1 + d + d * (d + 1) / 2)), points.resize(n * d);
        std::generate(parameters.begin(), parameters.end(), next);
        std::generate(points.begin(), points.end(), next);
        gamma = next(), m = next();
        pclose(words);
    }

    double constant() const {
        double freedom = d + m + 1, lgamma_d = d * (d - 1.0) / 4 * std::log(M_PI);
        for (size_t j = 0; j < d; j++)
            lgamma_d += std::lgamma((freedom - j) / 2);
        double c = freedom * d * (std::log(gamma) - 0.5 * M_LN2) - lgamma_d;
        return -(n * d / 2.0) * std::log(2 * M_PI) - k * c;
    }

    static Number logsumexp(const std::vector<Number> &x) {
        const Number &largest = *std::max_element(x.begin(), x.end());
        Number sum = 0;
        for (const Number &term : x)
            sum = sum + exp(term - largest);
        return log(sum) + largest;
    }

    Number operator()(const std::vector<Number> &x) const {
        const size_t size = d * (d + 1) / 2;
        const Number *alphas = x.data(), *means = alphas + k, *factors = means + k * d;
        std::vector<Number> diagonals(k * d), starts(k), from_mean(d), y(d), terms(k);
        Number squares = 0, logs = 0, total = 0;
        for (size_t c = 0; c < k; c++) {
            Number sum = 0;
            for (size_t i = 0; i < d; i++) {
                const Number &q = factors[c * size + i];
                diagonals[c * d + i] = exp(q);
                sum = sum + q;
                squares = squares + diagonals[c * d + i] * diagonals[c * d + i];
            }
            for (size_t i = d; i < size; i++)
                squares = squares + factors[c * size + i] * factors[c * size + i];
            starts[c] = alphas[c] + sum;
            logs = logs + sum;
        }
        for (size_t at = 0; at < n; at++) {
            for (size_t c = 0; c < k; c++) {
                for (size_t i = 0; i < d; i++) {
                    from_mean[i] = points[at * d + i] - means[c * d + i];
                    y[i] = diagonals[c * d + i] * from_mean[i];
                }
                const Number *below = factors + c * size + d;
                for (size_t j = 0; j < d; j++)
                    for (size_t i = j + 1; i < d; i++)
                        y[i] = y[i] + *below++ * from_mean[j];
                Number sum = 0;
                for (size_t i = 0; i < d; i++)
                    sum = sum + y[i] * y[i];
                terms[c] = starts[c] - 0.5 * sum;
            }
            total = total + logsumexp(terms);
        }
        Number prior = 0.5 * gamma * gamma * squares - m * logs;
        return total - double(n) * logsumexp({alphas, alphas + k}) + prior + constant();
    }
};

// As in src/main.rs.

double seconds_of(const std::function<void()> &run, int times) {
    auto clock = std::chrono::steady_clock::now();
    for (int i = 0; i < times; i++)
        run();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - clock).count();
}

double measure(const std::function<void()> &run, double budget) {
    auto start = std::chrono::steady_clock::now();
    run();
    int times = std::clamp(0.005 / seconds_of(run, 1), 1.0, 1e5);
    double best = INFINITY;
    do
        best = std::min(best, seconds_of(run, times) / times);
    while (std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < budget);
    return best * 1e6;
}

template <class F> void answer(F f, const Point &x, bool replays, double budget) {
    std::vector<Number> on(x.size());
    Point g(x.size());
    double value = gradient(f, on, x, g, false);
    double micros = measure([&] { value = gradient(f, on, x, g, replays); }, budget);
    double along = 0, square = 0;
    for (size_t i = 0; i < g.size(); i++) {
        along += g[i] * std::cos(i);
        square += g[i] * g[i];
    }
    std::printf("%g %.17g %.17g %.17g\n", micros, value, along, std::sqrt(square));
}

int main(int count, char **arguments) {
    const std::string mode = count > 1 ? arguments[1] : "record", input = count > 2 ? arguments[2] : "";
    if (mode == "version") {
        std::cout << version << std::endl;
        return 0;
    }
    bool replays = mode == "replay";
    std::string workload;
    double budget;
    while (std::cin >> workload >> budget) {
        if (workload == "lax-wendroff")
            answer([](const std::vector<Number> &x) { return transport(x, lax_wendroff); }, initial_state(), replays, budget);
        else if (workload == "toon")
            answer([](const std::vector<Number> &x) { return transport(x, toon); }, initial_state(), replays, budget);
        else if (workload == "gmm-scalar") {
            Mixture mixture(input);
            answer(std::cref(mixture), mixture.parameters, replays, budget);
        } else if (workload == "tiny")
            answer(tiny, {0.5, 1.5}, replays, budget);
        else
            std::puts("-");
        std::fflush(stdout);
    }
}
