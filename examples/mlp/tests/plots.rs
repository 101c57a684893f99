//! Tests of `plots`: that every picture is well-formed, and that its texts have room.

use ndarray::{Array2, ArrayView2};

use super::*;

/// A text of a picture as the area it takes.
#[derive(Debug)]
struct Area {
    /// What it says.
    text: String,
    /// Left and right edge.
    x: [f64; 2],
    /// Upper and lower edge.
    y: [f64; 2],
}

/// The value of an attribute in a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    let start = tag.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
    tag[start..].split('"').next().unwrap()
}

/// Every text of a picture. The widths are those of DejaVu Sans, a wide font.
fn areas(svg: &str) -> Vec<Area> {
    let texts = svg.split("<text ").skip(1);
    texts
        .map(|rest| {
            let (tag, rest) = rest.split_once('>').unwrap();
            let text = rest.split("</text>").next().unwrap();
            let (size, wide) = match attribute(tag, "class") {
                "title" => (18.0, 0.6),
                "heading" => (14.0, 0.6),
                "train" | "test" => (12.0, 0.6),
                "small" => (11.0, 0.56),
                "" => (12.0, 0.56),
                other => panic!("class {other} has no size here"),
            };
            let width = size * wide * text.chars().count() as f64;
            let x: f64 = attribute(tag, "x").parse().unwrap();
            let y: f64 = attribute(tag, "y").parse().unwrap();
            let left = match attribute(tag, "text-anchor") {
                "start" => x,
                "middle" => x - width / 2.0,
                _ => x - width,
            };
            Area {
                text: text.to_owned(),
                x: [left, left + width],
                y: [y - 0.8 * size, y + 0.2 * size],
            }
        })
        .collect()
}

/// Checks a picture and gives its texts.
fn check(svg: &str) -> Vec<String> {
    assert!(svg.len() < 1_000_000, "{} bytes", svg.len());
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "));
    // Every tag is closed, in the right order.
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap();
        let name = tag.split([' ', '/']).next().unwrap();
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        // Only texts may speak of what is not a number.
        assert!(!tag.contains("NaN") && !tag.contains("inf"), "{tag}");
    }
    assert!(open.is_empty());

    let areas = areas(svg);
    let size: Vec<f64> = attribute(svg, "viewBox")
        .split(' ')
        .map(|number| number.parse().unwrap())
        .collect();
    for (i, a) in areas.iter().enumerate() {
        assert!(a.x[0] >= 0.0 && a.x[1] <= size[2], "{a:?} leaves the picture");
        assert!(a.y[0] >= 0.0 && a.y[1] <= size[3], "{a:?} leaves the picture");
        for b in &areas[i + 1..] {
            let apart = |a: [f64; 2], b: [f64; 2]| a[1] <= b[0] || b[1] <= a[0];
            assert!(apart(a.x, b.x) || apart(a.y, b.y), "{a:?} and {b:?} overlap");
        }
    }
    areas.into_iter().map(|area| area.text).collect()
}

/// A history of given losses (for training and test) with accuracies to match.
fn history(losses: &[[f32; 2]]) -> Vec<EpochRecord> {
    let record = |(index, &[train_loss, test_loss]): (usize, &[f32; 2])| EpochRecord {
        epoch: index + 1,
        train_loss,
        train_accuracy: (-train_loss).exp(),
        test_loss,
        test_accuracy: (-test_loss).exp(),
        seconds: 0.5,
    };
    losses.iter().enumerate().map(record).collect()
}

/// Losses that fall by a constant factor, those for training faster.
fn falling(epochs: usize, factor: f32) -> Vec<[f32; 2]> {
    let loss = |epoch: usize| {
        let train = 2.0 * factor.powi(epoch as i32);
        [train, 0.1 + train.sqrt()]
    };
    (0..epochs).map(loss).collect()
}

#[test]
fn curves_of_any_length_are_legible() {
    for epochs in (1..=60).chain([97, 100, 101, 128, 200, 999, 1000, 100_000]) {
        let texts = check(&curves(&history(&falling(epochs, 0.9))));
        for text in ["Loss", "Accuracy in %", "test images", "epoch", "train", "test"] {
            assert!(texts.iter().any(|t| t.starts_with(text)), "{epochs}: {text}");
        }
        assert!(texts.contains(&epochs.to_string()) || epochs > 7);
    }
    assert!(check(&curves(&[])).contains(&"no epoch was completed".to_owned()));
}

#[test]
fn curves_of_any_values_are_legible() {
    let strange = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        0.0,
        1e-30,
        -1.0,
        99.96,
    ];
    for a in strange {
        for b in strange {
            check(&curves(&history(&[[a, b]])));
            check(&curves(&history(&[[2.3, 2.2], [a, b], [1.0, 0.9]])));
            check(&curves(&history(&[[2.3, 2.2], [b, 0.5], [1.0, a]])));
        }
    }
    for factor in [1.0, 0.999, 0.99, 0.9, 0.5, 0.1, 1.1] {
        check(&curves(&history(&falling(30, factor))));
    }
}

#[test]
fn final_values_stand_beside_the_curves() {
    let texts = check(&curves(&history(&[[1.0, 1.0], [0.105_361, 0.223_144]])));
    for value in ["train 0.1054", "test 0.2231", "train 90.0 %", "test 80.0 %"] {
        assert!(texts.iter().any(|text| text == value), "{value} in {texts:?}");
    }
    assert!(texts.contains(&"2 epochs in 1.00 s".to_owned()));
}

/// Images of random pixels, the worst case for the size of a file.
fn noise(count: usize, pixels: usize) -> Array2<f32> {
    let mut rng = fastrand::Rng::with_seed(1);
    Array2::from_shape_simple_fn((count, pixels), || rng.f32())
}

/// A mistake for each image; the later ones are more confident.
fn mistakes(images: &Array2<f32>) -> Vec<Mistake<'_>> {
    let rows = images.rows().into_iter().enumerate();
    rows.map(|(index, pixels)| Mistake {
        pixels,
        truth: index % 10,
        guess: 200 + index,
        confidence: index as f32 / 100.0,
    })
    .collect()
}

#[test]
fn mistakes_of_any_number_and_size_are_legible() {
    for (height, width) in [(8, 8), (28, 28), (1, 1), (5, 40), (64, 64)] {
        let images = noise(70, height * width);
        for count in [0, 1, 7, 8, 9, 60, 70] {
            let items = &mistakes(&images)[..count];
            let texts = check(&misclassified(items, height, width, count, 10_000));
            let shown = texts.iter().filter(|text| text.starts_with("true ")).count();
            assert_eq!(shown, count.min(60));
        }
    }
}

#[test]
fn the_most_confident_mistakes_come_first() {
    let images = noise(70, 64);
    let texts = check(&misclassified(&mistakes(&images), 8, 8, 70, 359));
    assert_eq!(texts[0], "70 of 359 test images misclassified (19.5 %)");
    assert_eq!(texts[2..4], ["true 9, guessed 269", "(69 %)"]);
    assert!(!texts.contains(&"(9 %)".to_owned()));
    let texts = check(&misclassified(&[], 8, 8, 0, 359));
    assert_eq!(texts[0], "All 359 test images recognised");
}

#[test]
fn weights_of_any_number_and_size_are_legible() {
    for units in [0, 1, 4, 6, 7, 64, 128] {
        for (height, width) in [(8, 8), (28, 28), (32, 32), (100, 3)] {
            let w = noise(height * width, units) - 0.5;
            let svg = weights(w.view(), height, width);
            check(&svg);
            assert_eq!(svg.matches("class=\"frame\"").count(), units.min(100));
        }
    }
}

#[test]
fn strange_weights_do_no_harm() {
    let strange = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        1e-40,
        0.0,
        -0.0,
    ];
    for value in strange {
        let texts = check(&weights(Array2::from_elem((4, 3), value).view(), 2, 2));
        assert!(texts.iter().any(|text| text == "0"));
    }
    check(&weights(
        ArrayView2::from_shape((2, 3), &strange[..6]).unwrap(),
        2,
        1,
    ));
    // Fewer inputs than pixels: the rest is drawn like zero.
    check(&weights(noise(3, 2).view(), 2, 2));
}

#[test]
fn colours_tell_the_sign_of_a_weight() {
    let w = ndarray::array![[-1.0], [0.0], [1.0]];
    let svg = weights(w.view(), 1, 3);
    assert!(svg.contains("<path stroke=\"#2166ac\" d=\"M0 0h1\"/>"));
    assert!(svg.contains("<path stroke=\"#b2182b\" d=\"M2 0h1\"/>"));
    assert!(!svg.contains("<path stroke=\"#f7f7f7\""));
}
