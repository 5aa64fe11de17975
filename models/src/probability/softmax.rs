//! Softmax with a temperature: `q_i = exp(z_i / T) / sum_j exp(z_j / T)` (Hinton, Vinyals, Dean 2015, equation 1).
//!
//! In come the logits of one image, `[classes]`, and a [`Temperature`]; out go its class probabilities, `[classes]`. A
//! temperature is a type of its own, so that it is checked once and cannot be taken for another number.

/// The temperature of a softmax, a finite number over 0. At temperature 1 the probabilities are the network's own,
/// above it they are softened.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct Temperature(f32);

/// The error for a number or a text that is no temperature; it holds what was found.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("temperature: expected a finite number over 0, found {0}")]
pub struct TemperatureError(pub String);

impl Temperature {
    /// The temperature at which every exported network answers.
    pub const ONE: Self = Self(1.0);

    /// Returns the temperature as a number.
    #[must_use]
    pub fn value(self) -> f32 {
        self.0
    }
}

impl TryFrom<f32> for Temperature {
    type Error = TemperatureError;

    fn try_from(value: f32) -> Result<Self, Self::Error> {
        if value.is_finite() && value > 0.0 {
            Ok(Self(value))
        } else {
            Err(TemperatureError(value.to_string()))
        }
    }
}

impl From<Temperature> for f32 {
    fn from(temperature: Temperature) -> Self {
        temperature.0
    }
}

impl std::str::FromStr for Temperature {
    type Err = TemperatureError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<f32>().map_err(|_| TemperatureError(format!("'{text}'")))?.try_into()
    }
}

impl std::fmt::Display for Temperature {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Returns the class probabilities of one image's logits, both `[classes]`, at `temperature`.
///
/// The softmax is computed in f64 after subtracting the largest logit, so that no finite logit overflows.
#[must_use]
pub fn softmax(logits: &[f32], temperature: Temperature) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let scaled = |logit: f32| (f64::from(logit) - f64::from(largest)) / f64::from(temperature.0);
    let exponentials: Vec<f64> = logits.iter().map(|&logit| scaled(logit).exp()).collect();
    let sum: f64 = exponentials.iter().sum();
    exponentials.iter().map(|exponential| (exponential / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: z = (ln 4, ln 1). At T = 1 the ratio is 4 : 1, at T = 2 it is 2 : 1.
    #[test]
    fn matches_hand_computed_numbers() {
        let logits = [4f32.ln(), 0.0];
        let hard = softmax(&logits, Temperature::ONE);
        let soft = softmax(&logits, Temperature::try_from(2.0).unwrap());
        assert!((hard[0] - 0.8).abs() < 1e-6 && (hard[1] - 0.2).abs() < 1e-6, "{hard:?}");
        assert!((soft[0] - 2.0 / 3.0).abs() < 1e-6 && (soft[1] - 1.0 / 3.0).abs() < 1e-6, "{soft:?}");
    }

    #[test]
    fn survives_the_largest_logits() {
        let probabilities = softmax(&[f32::MAX, 0.0, f32::MIN], Temperature::ONE);
        assert_eq!(probabilities, [1.0, 0.0, 0.0]);
    }

    #[test]
    fn refuses_what_is_no_temperature() {
        for value in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert!(Temperature::try_from(value).is_err(), "{value}");
        }
        for text in ["0", "-3", "nan", "inf", "warm", ""] {
            assert!(text.parse::<Temperature>().is_err(), "{text}");
        }
        assert_eq!("4.5".parse::<Temperature>().unwrap().value(), 4.5);
    }
}
