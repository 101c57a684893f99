//! Tests of `options`.

use super::*;

/// Parses a command line given as words.
fn parse_words(words: &[&str]) -> Result<Command, OptionError> {
    parse(words.iter().map(OsString::from))
}

/// The options a correct command line asks for.
fn options(words: &[&str]) -> Options {
    match parse_words(words) {
        Ok(Command::Run(options)) => options,
        other => panic!("{words:?} gave {other:?}"),
    }
}

/// The message for a wrong command line.
fn message(words: &[&str]) -> String {
    parse_words(words).expect_err("it is wrong").to_string()
}

#[test]
fn the_defaults_are_those_of_the_help_text() {
    let options = options(&[]);
    assert_eq!(options.layers_for(64, 10), Ok(vec![64, 256, 10]));
    assert_eq!(options.activation, Activation::Relu);
    assert_eq!((options.epochs, options.batch, options.seed), (60, 32, 1));
    assert_eq!((options.optimizer, options.lr), (Optimizer::AdamW, 0.003));
    assert_eq!((options.data, options.save, options.load), (None, None, None));
    assert_eq!(options.out, PathBuf::from("target/mlp"));
    for default in [
        "64,256,10",
        "relu)",
        "(default: 60)",
        "(default: 32)",
        "(default: 1)",
        "adamw)",
    ] {
        assert!(HELP.contains(default), "{default}");
    }
    assert!(HELP.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn everything_can_be_given_and_the_last_one_counts() {
    let words = "--data d --layers 784,128,10 --activation tanh --epochs 5 --batch=9 --lr 1e-2 \
                 --optimizer nesterov --seed 18446744073709551615 --save s --load l --out o --epochs 6";
    let words: Vec<&str> = words.split_whitespace().collect();
    let expected = Options {
        data: Some("d".into()),
        layers: Some(vec![784, 128, 10]),
        activation: Activation::Tanh,
        epochs: 6,
        batch: 9,
        lr: 0.01,
        optimizer: Optimizer::Nesterov,
        seed: u64::MAX,
        save: Some("s".into()),
        load: Some("l".into()),
        out: "o".into(),
    };
    assert_eq!(options(&words), expected);
}

#[test]
fn the_learning_rate_follows_the_optimizer() {
    for (name, lr) in [
        ("sgd", 0.1),
        ("momentum", 0.05),
        ("nesterov", 0.05),
        ("adamw", 0.003),
    ] {
        assert_eq!(options(&["--optimizer", name]).lr, lr);
    }
    assert_eq!(options(&["--lr", "3", "--optimizer", "sgd"]).lr, 3.0);
}

#[test]
fn every_option_is_in_the_help_text_and_every_name_works() {
    for option in error::OPTIONS {
        assert!(HELP.contains(&format!("  {option} ")) || HELP.contains(&format!("-h, {option} ")));
    }
    for &choice in Activation::ALL {
        assert_eq!(options(&["--activation", choice.name()]).activation, choice);
    }
    for &choice in Optimizer::ALL {
        assert_eq!(options(&["--optimizer", choice.name()]).optimizer, choice);
    }
}

#[test]
fn help_wins_over_what_follows() {
    for words in [&["--help"][..], &["-h"], &["--epochs", "3", "-h", "--nonsense"]] {
        assert_eq!(parse_words(words), Ok(Command::Help));
    }
}

#[test]
fn unknown_options_are_met_with_a_suggestion() {
    assert_eq!(
        message(&["--epoch", "3"]),
        "unknown option \"--epoch\"; did you mean --epochs?"
    );
    assert_eq!(
        message(&["--leyars"]),
        "unknown option \"--leyars\"; did you mean --layers?"
    );
    assert_eq!(
        message(&["--quiet"]),
        "unknown option \"--quiet\"; --help lists them all"
    );
    assert_eq!(message(&["-x"]), "unknown option \"-x\"; --help lists them all");
    assert_eq!(message(&["digits"]), "unexpected argument \"digits\"");
    assert_eq!(message(&["--", "--lr"]), "unexpected argument \"--lr\"");
    // What is shown never carries control characters to the terminal.
    assert!(!message(&["--\x1b[31m"]).contains('\x1b'));
}

#[test]
fn missing_values_are_noticed() {
    for words in [&["--save"][..], &["--save", "--load"], &["--out", ""], &["--lr="]] {
        assert!(
            matches!(parse_words(words), Err(OptionError::NoValue(_))),
            "{words:?}"
        );
    }
    assert_eq!(message(&["--batch"]), "--batch: its value is missing");
}

#[test]
fn values_out_of_range_are_refused() {
    let wrong = [
        (
            "--epochs",
            &["0", "-1", "1.5", "100001", "many", "99999999999999999999"][..],
        ),
        ("--batch", &["0", "-3", "1000001", " 4"]),
        ("--lr", &["0", "-0.1", "nan", "inf", "1e39", "1e-60", "fast"]),
        ("--seed", &["-1", "18446744073709551616", "0x10"]),
        ("--activation", &["ReLU", "rel", "gelu"]),
        ("--optimizer", &["adam ", "rmsprop"]),
        (
            "--layers",
            &["64", "64,", "64,0,10", "64,1000001,10", "64;10", ",", "64,-1,10"],
        ),
    ];
    for (option, values) in wrong {
        for value in values {
            let message = message(&[option, value]);
            assert!(message.starts_with(&format!("{option}: expected ")), "{message}");
            assert!(message.ends_with(&format!("found {value:?}")), "{message}");
        }
    }
}

#[test]
fn layers_fit_into_memory_and_the_data() {
    assert_eq!(
        message(&["--layers", "1000000,1000000,10"]),
        "--layers: expected at most 268435456 weights between them, found 1000010000000",
    );
    assert!(parse_words(&["--layers", "16384,16384"]).is_ok());
    assert!(parse_words(&["--layers", "16384,16384,1"]).is_err());
    let many = vec!["1000000"; 100_000].join(",");
    assert!(parse_words(&["--layers", &many]).is_err());

    let options = options(&["--layers", "64, 32,10"]);
    assert_eq!(options.layers_for(64, 10), Ok(vec![64, 32, 10]));
    assert_eq!(
        options.layers_for(784, 10).unwrap_err().to_string(),
        "--layers: expected 784 for the pixels as first layer, found 64",
    );
    assert_eq!(
        options.layers_for(64, 47).unwrap_err().to_string(),
        "--layers: expected 47 for the classes as last layer, found 10",
    );
}

#[cfg(unix)]
#[test]
fn paths_need_not_be_text_but_numbers_do() {
    use std::os::unix::ffi::OsStringExt;
    let odd = OsString::from_vec(vec![b'a', 0xff]);
    let Ok(Command::Run(options)) = parse(["--save".into(), odd.clone()]) else {
        panic!("any path will do");
    };
    assert_eq!(options.save, Some(PathBuf::from(&odd)));
    assert!(matches!(
        parse(["--epochs".into(), odd.clone()]),
        Err(OptionError::Value {
            option: "--epochs",
            ..
        })
    ));
    assert!(parse([odd]).is_err());
}
