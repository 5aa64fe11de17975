//! What is wrong in candle, one test each. A test that fails says that candle has become right: the case then goes out of
//! `is_right_in_candle`, and the form of our own with it.

use candle_core::{Device, Tensor, Var};
use candle_nn::{BatchNorm, Conv2dConfig, ModuleT};

use super::{random, values, variable};

const RIGHT: &str = "candle is right here now: let is_right_in_candle say so, and remove our form";

fn ones_gradient(x: &Var, y: &Tensor) -> candle_core::Result<Vec<f64>> {
    Ok(values(y.sum_all()?.backward()?.get(x).unwrap()))
}

/// The gradient of a window with one largest value is 1 there; candle divides it by the four values of the window.
#[test]
fn max_pooling_passes_on_a_quarter_of_the_gradient() {
    let x =
        Var::from_tensor(&Tensor::arange(0f64, 16., &Device::Cpu).unwrap().reshape((1, 1, 4, 4)).unwrap())
            .unwrap();
    let gradient = ones_gradient(&x, &x.max_pool2d(2).unwrap()).unwrap();
    let mut expected = [0.0; 16];
    for place in [5, 7, 13, 15] {
        expected[place] = 0.25;
    }
    assert_eq!(gradient, expected, "{RIGHT}");
}

/// There is no gradient at 0, where the kernels have none, and a NaN stays one.
#[test]
fn relu_has_a_gradient_at_zero_and_swallows_a_nan() {
    let x = Var::new(&[0f64, f64::NAN], &Device::Cpu).unwrap();
    let y = x.relu().unwrap();
    let gradient = ones_gradient(&x, &y).unwrap();
    assert_eq!((gradient[0], values(&y)[1]), (1.0, 0.0), "{RIGHT}");
}

/// Windows of 3 with stride 2 leave no row of 5 over, and one column of 6: the gradient of the input, of the size that the
/// rows ask for, has a column too few.
#[test]
fn strided_convolution_of_uneven_sides_has_no_gradient() {
    for [height, width] in [[5, 6], [6, 5]] {
        let (x, weight) = (variable(&[1, 2, height, width], 1), variable(&[3, 2, 3, 3], 2));
        let y = x.conv2d(&weight, 0, 2, 1, 1).unwrap();
        assert!(y.sum_all().unwrap().backward().is_err(), "{height}x{width}: {RIGHT}");
    }
}

/// One window in the middle of the padding, which the size of the input's gradient does not reach over.
#[cfg(debug_assertions)]
#[test]
#[should_panic(expected = "overflow")]
fn padding_that_no_window_reaches_over_is_a_panic() {
    let (x, weight) = (variable(&[1, 2, 1, 1], 1), variable(&[3, 2, 1, 1], 2));
    let y = x.conv2d(&weight, 1, 3, 1, 1).unwrap();
    let _ = y.sum_all().unwrap().backward();
}

/// This compiles as long as there is one number for both axes.
#[test]
fn strides_and_paddings_are_one_number_for_both_axes() {
    let config = Conv2dConfig::default();
    let sides: [usize; 2] = [config.stride, config.padding];
    assert_eq!(sides, [1, 0], "{RIGHT}");
}

#[test]
fn average_pooling_with_overlapping_windows_has_no_gradient() {
    let x = variable(&[1, 2, 5, 7], 1);
    let y = x.avg_pool2d_with_stride((3, 2), (2, 1)).unwrap();
    assert!(y.sum_all().unwrap().backward().is_err(), "{RIGHT}");
}

/// The last column of five is in no window of two, and its gradient is 0.
#[test]
fn average_pooling_gives_a_gradient_to_pixels_in_no_window() {
    let x = variable(&[1, 1, 2, 5], 1);
    let gradient = ones_gradient(&x, &x.avg_pool2d(2).unwrap()).unwrap();
    assert_eq!(gradient[4], 0.25, "{RIGHT}");
}

/// The unbiased variance of one row is 0 / 0; ours leaves the running variance finite.
#[test]
fn batch_norm_of_one_row_makes_the_running_variance_nan() {
    let one = |value: f64| Tensor::new(&[value], &Device::Cpu).unwrap();
    let layer = BatchNorm::new(1, one(0.0), one(1.0), one(1.0), one(0.0), 1e-5).unwrap();
    layer.forward_t(&random(&[1, 1], 1), true).unwrap();
    assert!(values(layer.running_var())[0].is_nan(), "{RIGHT}");
}
