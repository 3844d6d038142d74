//! Windows, by the names that SciPy has for them.

use core::f64::consts::PI;

use keras_shape::SpectralWindow;

/// The window of so many samples, as SciPy has it: of a period, or the same from both ends.
pub(super) fn samples(window: SpectralWindow, count: usize, periodic: bool) -> Vec<f64> {
    if count <= 1 {
        return vec![1.0; count];
    }
    // A window of a period is one that is the same from both ends, without its last sample.
    let all = count + usize::from(periodic);
    (0..count).map(|i| at(window, i, all)).collect()
}

/// Sample `i` of a window of `n` samples that is the same from both ends.
fn at(window: SpectralWindow, i: usize, n: usize) -> f64 {
    let (from_end, last) = (i.min(n - 1 - i), (n - 1) as f64);
    // From 0 at one end to 1 at the other, and from 1 at both ends to 0 in the middle.
    let place = i as f64 / last;
    let out = (2.0 * place - 1.0).abs();
    match window {
        SpectralWindow::Hann => cosines(&[0.5, 0.5], place),
        SpectralWindow::Hamming => cosines(&[0.54, 0.46], place),
        SpectralWindow::Blackman => cosines(&[0.42, 0.5, 0.08], place),
        SpectralWindow::BlackmanHarris => cosines(&[0.35875, 0.48829, 0.14128, 0.01168], place),
        SpectralWindow::Nuttall => cosines(&[0.363_581_9, 0.489_177_5, 0.136_599_5, 0.010_641_1], place),
        SpectralWindow::FlatTop => {
            cosines(&[0.215_578_95, 0.416_631_58, 0.277_263_158, 0.083_578_947, 0.006_947_368], place)
        }
        SpectralWindow::Boxcar => 1.0,
        SpectralWindow::Bartlett => 1.0 - out,
        SpectralWindow::BartlettHann => 0.62 - 0.24 * out + 0.38 * (PI * out).cos(),
        SpectralWindow::Triangle if n.is_multiple_of(2) => (2 * from_end + 1) as f64 / n as f64,
        SpectralWindow::Triangle => (2 * from_end + 2) as f64 / (n + 1) as f64,
        // Rounding would leave a little at the ends.
        SpectralWindow::Bohman if from_end == 0 => 0.0,
        SpectralWindow::Bohman => (1.0 - out) * (PI * out).cos() + (PI * out).sin() / PI,
        SpectralWindow::Cosine => (PI * (i as f64 + 0.5) / n as f64).sin(),
        SpectralWindow::Exponential => (-out * last / 2.0).exp(),
        SpectralWindow::Lanczos if out == 0.0 => 1.0,
        SpectralWindow::Lanczos => (PI * out).sin() / (PI * out),
        SpectralWindow::Parzen => {
            let part = out * last / n as f64;
            if out <= 0.5 { 1.0 - 6.0 * part * part * (1.0 - part) } else { 2.0 * (1.0 - part).powi(3) }
        }
        SpectralWindow::Taylor => taylor(i, n),
        SpectralWindow::Tukey if from_end <= (n - 1) / 4 => {
            cosines(&[0.5, 0.5], 2.0 * from_end as f64 / last)
        }
        SpectralWindow::Tukey => 1.0,
    }
}

/// Cosines of whole numbers of turns over the window, with signs that alternate.
fn cosines(terms: &[f64], place: f64) -> f64 {
    let sign = |k: usize| if k.is_multiple_of(2) { 1.0 } else { -1.0 };
    terms.iter().enumerate().map(|(k, term)| sign(k) * term * (2.0 * PI * k as f64 * place).cos()).sum()
}

/// Taylor's window of four side lobes of about equal height, 30 decibels down, with 1 in its middle.
fn taylor(i: usize, n: usize) -> f64 {
    const LOBES: usize = 4;
    let height = 10f64.powf(30.0 / 20.0).acosh() / PI;
    let lobe = |k: usize| height * height + (k as f64 - 0.5).powi(2);
    let stretch = (LOBES * LOBES) as f64 / lobe(LOBES);
    let term = |m: usize| {
        let square = (m * m) as f64;
        let above: f64 = (1..LOBES).map(|k| 1.0 - square / stretch / lobe(k)).product();
        let below: f64 = (1..LOBES).filter(|k| *k != m).map(|k| 1.0 - square / (k * k) as f64).product();
        if m.is_multiple_of(2) { -above / below } else { above / below }
    };
    let value = |place: f64| {
        1.0 + (1..LOBES).map(|m| term(m) * (2.0 * PI * m as f64 * place / n as f64).cos()).sum::<f64>()
    };
    value(i as f64 - n as f64 / 2.0 + 0.5) / value(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What SciPy's `get_window` gives, of a period or not.
    #[rustfmt::skip]
    #[allow(clippy::approx_constant)] // Some of SciPy's values happen to be 1 / pi and 2 / pi.
    const WINDOWS: &[(&str, bool, &[f64])] = &[
        ("hann", false, &[0.0, 0.5, 1.0, 0.5, 0.0]),
        ("hann", true, &[0.0, 0.1464466094, 0.5, 0.8535533906, 1.0, 0.8535533906, 0.5, 0.1464466094]),
        ("hamming", false, &[0.08, 0.54, 1.0, 0.54, 0.08]),
        ("hamming", true, &[0.08, 0.2147308807, 0.54, 0.8652691193, 1.0, 0.8652691193, 0.54, 0.2147308807]),
        ("barthann", false, &[0.0, 0.5, 1.0, 0.5, 0.0]),
        ("barthann", true, &[0.0, 0.1712994231, 0.5, 0.8287005769, 1.0, 0.8287005769, 0.5, 0.1712994231]),
        ("bartlett", false, &[0.0, 0.5, 1.0, 0.5, 0.0]),
        ("bartlett", true, &[0.0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25]),
        ("blackman", false, &[-1.387778781e-17, 0.34, 1.0, 0.34, -1.387778781e-17]),
        ("blackman", true, &[-1.387778781e-17, 0.06644660941, 0.34, 0.7735533906, 1.0, 0.7735533906, 0.34, 0.06644660941]),
        ("blackmanharris", false, &[6e-05, 0.21747, 1.0, 0.21747, 6e-05]),
        ("blackmanharris", true, &[6e-05, 0.02173583702, 0.21747, 0.695764163, 1.0, 0.695764163, 0.21747, 0.02173583702]),
        ("bohman", false, &[0.0, 0.3183098862, 1.0, 0.3183098862, 0.0]),
        ("bohman", true, &[0.0, 0.04830238374, 0.3183098862, 0.7554091649, 1.0, 0.7554091649, 0.3183098862, 0.04830238374]),
        ("boxcar", false, &[1.0, 1.0, 1.0, 1.0, 1.0]),
        ("boxcar", true, &[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
        ("cosine", false, &[0.3090169944, 0.8090169944, 1.0, 0.8090169944, 0.3090169944]),
        ("cosine", true, &[0.1736481777, 0.5, 0.7660444431, 0.9396926208, 1.0, 0.9396926208, 0.7660444431, 0.5]),
        ("exponential", false, &[0.1353352832, 0.3678794412, 1.0, 0.3678794412, 0.1353352832]),
        ("exponential", true, &[0.01831563889, 0.04978706837, 0.1353352832, 0.3678794412, 1.0, 0.3678794412, 0.1353352832, 0.04978706837]),
        ("flattop", false, &[-0.000421051, -0.05473684, 1.000000003, -0.05473684, -0.000421051]),
        ("flattop", true, &[-0.000421051, -0.02687219329, -0.05473684, 0.4441353573, 1.000000003, 0.4441353573, -0.05473684, -0.02687219329]),
        ("lanczos", false, &[3.898171833e-17, 0.6366197724, 1.0, 0.6366197724, 3.898171833e-17]),
        ("lanczos", true, &[3.898171833e-17, 0.3001054387, 0.6366197724, 0.9003163162, 1.0, 0.9003163162, 0.6366197724, 0.3001054387]),
        ("nuttall", false, &[0.0003628, 0.2269824, 1.0, 0.2269824, 0.0003628]),
        ("nuttall", true, &[0.0003628, 0.02520556652, 0.2269824, 0.7019582335, 1.0, 0.7019582335, 0.2269824, 0.02520556652]),
        ("parzen", false, &[0.016, 0.424, 1.0, 0.424, 0.016]),
        ("parzen", true, &[0.002743484225, 0.07407407407, 0.341563786, 0.7695473251, 1.0, 0.7695473251, 0.341563786, 0.07407407407]),
        ("taylor", false, &[0.3324969482, 0.7720145795, 1.0, 0.7720145795, 0.3324969482]),
        ("taylor", true, &[0.2718834924, 0.4669063199, 0.7246751122, 0.9246558253, 1.0, 0.9246558253, 0.7246751122, 0.4669063199]),
        ("triang", false, &[0.3333333333, 0.6666666667, 1.0, 0.6666666667, 0.3333333333]),
        ("triang", true, &[0.2, 0.4, 0.6, 0.8, 1.0, 0.8, 0.6, 0.4]),
        ("tukey", false, &[0.0, 1.0, 1.0, 1.0, 0.0]),
        ("tukey", true, &[0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5]),
    ];

    #[test]
    fn windows_are_those_of_scipy() {
        let mut seen = Vec::new();
        for (name, periodic, wanted) in WINDOWS {
            let window = SpectralWindow::from_name(name).expect("a window");
            let found = samples(window, wanted.len(), *periodic);
            let worst = found.iter().zip(*wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-9, "{name}, of a period: {periodic}: {found:?} instead of {wanted:?}");
            seen.push(*name);
        }
        assert!(SpectralWindow::NAMES.iter().all(|name| seen.contains(name)));
        for periodic in [false, true] {
            assert_eq!(samples(SpectralWindow::Bohman, 1, periodic), [1.0]);
            assert!(samples(SpectralWindow::Taylor, 0, periodic).is_empty());
        }
    }
}
