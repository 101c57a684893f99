//! Every row of the project's table of conventions, and the tests that hold the engine to it.

/// A row: what it is about, and where it is tested.
struct Row(&'static str, &'static [&'static str]);

/// The table, in its order. A test of a feature counts as there where the feature is off.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row("abs(0), abs(-0)", &["conventions::table::kinks_and_ties"]),
    Row("relu(0); relu6 at 0, 6", &["conventions::table::kinks_and_ties", "conventions::elementwise::bounds_and_signs"]),
    Row("max(x, 0.0) at 0; max(1, 1), min(1, 1)", &["conventions::table::kinks_and_ties"]),
    Row("fmax(1, 1)", &["conventions::table::kinks_and_ties"]),
    Row("max(1, NaN)", &["conventions::table::kinks_and_ties"]),
    Row("clamp(x; 0, 1) at 0 and 1", &["conventions::elementwise::bounds_and_signs", "conventions::elementwise::straight_through_a_clamp"]),
    Row("clamp by tensors, x = lo", &["conventions::elementwise::bounds_and_signs"]),
    Row("clamp(NaN)", &["conventions::elementwise::bounds_and_signs"]),
    Row("leaky_relu(.1) at 0", &["conventions::elementwise::activations"]),
    Row("max([1, 3, 3])", &["conventions::reductions::at_ties_and_infinities"]),
    Row("max with index, median, topk, maxpool: tie", &["conventions::reductions::choices_by_order", "conventions::networks::vectors"]),
    Row("prod([2, 0, 3]), ([0, 0, 3]), []", &["conventions::reductions::products_deviations_and_norms", "arrays::statistics::products_with_zeros"]),
    Row("sqrt(0); rsqrt(0); cbrt(0)", &["conventions::table::powers_and_quotients", "conventions::elementwise::logarithms_and_roots"]),
    Row("0·sqrt(x) at 0", &["conventions::table::powers_and_quotients"]),
    Row("sqrt(x²), sqrt(x)² at 0", &["conventions::table::powers_and_quotients"]),
    Row("x**0 (int), x**0.0 at 0", &["conventions::table::powers_and_quotients"]),
    Row("pow(0, 0)", &["conventions::table::powers_and_quotients"]),
    Row("pow(0, 2), pow(0, 1), pow(0, .5)", &["conventions::table::powers_and_quotients"]),
    Row("pow(-2, 3)", &["conventions::table::powers_and_quotients"]),
    Row("log(0), log2(0), log1p(-1)", &["conventions::table::logarithms_and_saturation"]),
    Row("log(-1)", &["conventions::table::logarithms_and_saturation"]),
    Row("x·log x at 0", &["conventions::table::logarithms_and_saturation", "conventions::elementwise::logarithms_and_roots"]),
    Row("xlogy(0, 0)", &["conventions::elementwise::logarithms_and_roots", "conventions::elementwise::the_mixed_derivative_of_xlogy"]),
    Row("entr(0)", &["conventions::elementwise::logarithms_and_roots"]),
    Row("1/x at 0; x/y at (0, 0); (1, 0)", &["conventions::table::powers_and_quotients"]),
    Row("norms and distances at 0", &["conventions::reductions::products_deviations_and_norms", "conventions::rows::distances_at_0"]),
    Row("second derivative of a norm at 0", &["arrays::statistics::second_derivatives_at_zero"]),
    Row("norm L1 at a zero entry", &["conventions::reductions::products_deviations_and_norms"]),
    Row("norm p = .5 at a zero entry", &["conventions::reductions::products_deviations_and_norms"]),
    Row("hypot(0, 0)", &["conventions::table::powers_and_quotients"]),
    Row("atan2(0, 0)", &["conventions::table::powers_and_quotients"]),
    Row("atan2(0, -1)", &["conventions::table::powers_and_quotients"]),
    Row("where(x > 0, log x, 0) at 0; sqrt; sin x/x", &["conventions::elementwise::selections", "conventions::elementwise::second_derivatives"]),
    Row("double where", &["conventions::elementwise::selections"]),
    Row("logsumexp([-inf, -inf])", &["conventions::reductions::at_ties_and_infinities"]),
    Row("logsumexp([-inf, 0]); ([inf, 0])", &["conventions::reductions::at_ties_and_infinities"]),
    Row("softmax([-inf, -inf])", &["conventions::reductions::at_ties_and_infinities", "conventions::networks::vectors"]),
    Row("softplus, log-sigmoid, sigmoid, tanh at ±1000, ±inf", &["conventions::table::logarithms_and_saturation", "conventions::elementwise::activations"]),
    Row("asin(2), acosh(.5), sqrt(-1)", &["conventions::table::logarithms_and_saturation", "conventions::table::powers_and_quotients"]),
    Row("lgamma(0), lgamma(-1)", &["conventions::special::special_functions"]),
    Row("digamma(-1)", &["conventions::special::special_functions"]),
    Row("ndtri(0)", &["conventions::special::special_functions"]),
    Row("erfinv(1), logit(0), logit(1)", &["conventions::special::special_functions", "conventions::elementwise::logarithms_and_roots"]),
    Row("var, std of one element, ddof 1", &["conventions::reductions::products_deviations_and_norms"]),
    Row("sum, mean, max of nothing", &["conventions::reductions::at_ties_and_infinities", "conventions::reductions::misuse_panics_with_the_name_of_the_op"]),
    Row("floor, round, sign, x//y", &["conventions::table::kinks_and_ties", "conventions::elementwise::bounds_and_signs"]),
    Row("heaviside(0, .5)", &["conventions::elementwise::bounds_and_signs"]),
    Row("nan_to_num(NaN, inf); nansum; nanmean", &["conventions::elementwise::bounds_and_signs", "conventions::reductions::products_deviations_and_norms"]),
    Row("cholesky of a matrix that is not positive definite", &["linalg::cholesky::failures"]),
    Row("cholesky, asymmetric input", &["linalg::cholesky::asymmetric_operands"]),
    Row("inv, solve: singular", &["linalg::solve::singular_matrices"]),
    Row("det [[1, 2], [2, 4]]", &["linalg::det::of_singular_matrices", "linalg::det::the_hessian_of_a_singular_matrix"]),
    Row("slogdet, singular", &["linalg::det::slogdet_of_singular_matrices"]),
    Row("eigvalsh, svdvals: repeated", &["linalg::eigh::repeated_values", "linalg::svd::repeated_values"]),
    Row("eigh, svd: vectors of repeated values", &["linalg::eigh::vectors_of_repeated_values", "linalg::svd::vectors_of_repeated_values"]),
    Row("pinv without full rank; nuclear norm at 0", &["linalg::svd::the_pseudo_inverse_without_full_rank", "linalg::svd::nuclear_norm_at_zero"]),
    Row("gather, index [0, 0]", &["conventions::reductions::at_ties_and_infinities", "conventions::peers::defects_of_other_libraries_are_absent"]),
    Row("scatter max, tie", &["arrays::writes::scatters_of_the_largest"]),
    Row("index out of bounds", &["errors::shapes::indices", "arrays::slices::out_of_bounds"]),
    Row("x/norm(x) at 0; cosine_similarity(0)", &["conventions::networks::vectors"]),
    Row("kl_div, target 0", &["conventions::networks::losses"]),
    Row("bce(p = 0, t = 1)", &["conventions::networks::losses"]),
    Row("tan(π/2), exp(1000)", &["conventions::table::logarithms_and_saturation"]),
    // Accuracy of the derivative itself.
    Row("tanh' at 20", &["conventions::accuracy::of_first_derivatives"]),
    Row("sigmoid' at 40", &["conventions::accuracy::of_first_derivatives"]),
    Row("expm1' at -40", &["conventions::accuracy::of_first_derivatives"]),
    Row("softplus' at 25", &["conventions::accuracy::of_first_derivatives"]),
    Row("gelu' at -10, -30", &["conventions::accuracy::of_first_derivatives"]),
    Row("silu' at its root", &["conventions::accuracy::of_first_derivatives"]),
    Row("hypot(x, 1e200)' at 1e200", &["conventions::accuracy::of_first_derivatives"]),
    Row("norm at 1e200, 1e-200", &["arrays::statistics::scaled_norms", "conventions::reductions::products_deviations_and_norms"]),
    Row("asinh' and atan2' at 1e200, (x/(1 + x²))'", &["conventions::accuracy::of_first_derivatives"]),
    Row("log_ndtr' at -30, -200", &["conventions::accuracy::of_first_derivatives"]),
    Row("trigamma(-.5)", &["conventions::accuracy::of_first_derivatives"]),
];

/// The names of all tests of this program.
fn tests() -> String {
    let program = std::env::current_exe().expect("a program that runs");
    let list = std::process::Command::new(program).arg("--list").output();
    String::from_utf8(list.expect("a list of tests").stdout).expect("names")
}

/// Every row has a test, and every test that is named exists.
#[test]
fn every_row_is_a_test() {
    let tests = tests();
    let is_there = |test: &&&str| {
        tests
            .lines()
            .any(|line| line.strip_suffix(": test") == Some(test))
    };
    let is_off = |test: &&&str| !cfg!(feature = "linalg") && test.starts_with("linalg::");
    let mut missing = Vec::new();
    let mut off = 0;
    for Row(name, tests) in ROWS {
        assert!(!tests.is_empty(), "{name}");
        off += usize::from(tests.iter().all(|test| is_off(&test)));
        let absent = tests.iter().filter(|test| !is_there(test) && !is_off(test));
        missing.extend(absent.map(|test| format!("{name}: {test}")));
    }
    println!(
        "conventions: {} rows, of which {off} in a feature that is off",
        ROWS.len()
    );
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
    assert_eq!(ROWS.len(), 74);
}

/// The distance of a point from itself, as a norm and as the root of a product: 0 by the norm's rule.
#[test]
fn distances_at_0() {
    let tape = wengert::Tape::new();
    let x = tape.tensor(&ndarray::arr1(&[1.0, 2.0]));
    let distance = (x - ndarray::arr1(&[1.0, 2.0])).norm_axes(2.0, [0]).sum();
    assert_eq!(distance.backward().wrt(x), ndarray::arr1(&[0.0, 0.0]).into_dyn());
}
