//! Tests of `report.rs`.

use std::sync::{Arc, Mutex};

use ndarray::array;

use super::*;

/// Something to write to that can be looked at, and that breaks after some bytes.
#[derive(Clone, Default)]
struct Sink {
    /// What was written.
    text: Arc<Mutex<Vec<u8>>>,
    /// How many bytes it takes.
    room: usize,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = self.text.lock().unwrap();
        if text.len() + bytes.len() > self.room {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An epoch with made-up results.
fn record(epoch: usize) -> EpochRecord {
    EpochRecord {
        epoch,
        train_loss: 0.5,
        train_accuracy: 0.875,
        test_loss: f32::NAN,
        test_accuracy: 1.0,
        seconds: 1.25,
    }
}

/// Trains for ten epochs of two steps and gives what was written.
fn run(room: usize) -> String {
    let sink = Sink {
        room,
        ..Sink::default()
    };
    let mut progress = Progress::lines(10, Box::new(sink.clone()));
    for epoch in 1..=10 {
        progress.step(0.1, 0.2);
        progress.step(0.1, 0.2);
        progress.epoch(&record(epoch));
    }
    progress.finish();
    let text = sink.text.lock().unwrap().clone();
    String::from_utf8(text).unwrap()
}

#[test]
fn an_epoch_is_a_line() {
    let text = run(usize::MAX);
    assert_eq!(text.lines().count(), 10);
    assert_eq!(
        text.lines().next().unwrap(),
        "epoch  1/10  train loss 0.5000 accuracy  87.5 %  test loss NaN accuracy 100.0 %  1.25 s",
    );
}

#[test]
fn a_broken_pipe_ends_the_lines_but_not_the_training() {
    assert_eq!(run(0), "");
    let line = run(usize::MAX).lines().next().unwrap().len();
    assert!(run(3 * line).lines().count() <= 3);
}

#[test]
fn a_bar_can_be_driven() {
    let mut progress = Progress {
        epochs: 2,
        epoch: 1,
        output: Output::Bar {
            bar: ProgressBar::hidden(),
            written: None,
        },
    };
    progress.step(0.25, 0.5);
    let Output::Bar { bar, .. } = &progress.output else {
        panic!("it is a bar");
    };
    assert_eq!(
        (bar.position(), bar.message().as_str()),
        (1, "epoch 1/2  loss 0.2500  accuracy 50.0 %",)
    );
    progress.epoch(&record(1));
    progress.finish();
    // Whether this test runs on a terminal or not: any length will do.
    Progress::new(usize::MAX, usize::MAX).finish();
}

#[test]
fn guesses_are_counted_by_class() {
    let counts = confusion_matrix(&[0, 0, 1, 2, 2, 2], &[0, 1, 1, 2, 2, 0], 3);
    assert_eq!(counts, array![[1, 1, 0], [0, 1, 0], [1, 0, 2]]);
    assert_eq!(confusion_matrix(&[], &[], 2), array![[0, 0], [0, 0]]);
}

#[test]
fn the_table_is_aligned() {
    let text = confusion_text(&array![[1, 1, 0], [0, 0, 0], [123456, 0, 2]]);
    let lines: Vec<&str> = text.lines().collect();
    println!("{text}");
    let width = lines[1].chars().count();
    assert!(lines[1..7].iter().all(|line| line.chars().count() == width));
    let cells: Vec<&str> = lines[3].split_whitespace().collect();
    assert_eq!(cells, ["0", "│", "[1]", "1", "·", "│", "50.0"]);
    assert!(lines[4].ends_with("–"));
    assert!(lines[5].contains("123456") && lines[5].contains("[2]"));
    let last: Vec<&str> = lines[7].split_whitespace().collect();
    assert_eq!(last[..5], ["precision", "│", "0.0", "0.0", "100.0"]);
    assert_eq!(lines[9], "accuracy 0.0 % (3 of 123460)");
    confusion_text(&Array2::zeros((0, 0)));
}
