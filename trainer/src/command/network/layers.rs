//! The layers of a network as rows: a network in, out go each layer in words, with the shape of its output, its parameters
//! and multiply-adds; layers within layers stand below theirs, one level deeper.

use models::network::Shape;
use models::{Layer, Network, ParameterSpec};
use serde::Serialize;

/// A row of a network's table: a layer, or the heading of a list of layers within one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct LayerRow {
    /// The number of layers around this one, each list in them included.
    pub(super) depth: usize,
    /// The name of the layer; none for a layer without parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// What the layer is, in words, or the name of a list: `body`, `shortcut`, `branch 1`.
    pub(super) layer: String,
    /// The shape of the output, `[channels, height, width]` or `[values]`; none for a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) output: Option<Vec<usize>>,
    /// The number of values of the layer and of those within it, the running values of batch norms included.
    pub(super) parameters: usize,
    /// The multiplications with an addition of the layer and of those within it, for one image.
    pub(super) multiply_adds: usize,
}

/// Returns the rows of a network whose shapes are known to fit.
pub(super) fn rows(network: &Network) -> Vec<LayerRow> {
    let mut rows = Vec::new();
    add(&network.layers, Shape::Image(network.input), 0, &mut rows);
    rows
}

fn add(layers: &[Layer], mut shape: Shape, depth: usize, rows: &mut Vec<LayerRow>) {
    for layer in layers {
        let output = layer.output(shape).unwrap_or(shape);
        rows.push(LayerRow {
            depth,
            name: layer.name().map(str::to_owned),
            layer: in_words(layer),
            output: Some(sides(output)),
            parameters: layer.parameters().iter().map(ParameterSpec::len).sum(),
            multiply_adds: layer.multiply_adds(shape),
        });
        for (position, inner) in layer.inner().into_iter().enumerate() {
            if inner.is_empty() && matches!(layer, Layer::Residual { .. }) {
                continue;
            }
            let heading = list_name(layer, position, inner.is_empty());
            rows.push(LayerRow {
                depth: depth + 1,
                name: None,
                layer: heading,
                output: None,
                parameters: 0,
                multiply_adds: 0,
            });
            add(inner, shape, depth + 2, rows);
        }
        shape = output;
    }
}

fn list_name(layer: &Layer, position: usize, is_empty: bool) -> String {
    match (layer, position) {
        (Layer::Residual { .. }, 0) => "body".to_owned(),
        (Layer::Residual { .. }, _) => "shortcut".to_owned(),
        _ if is_empty => format!("branch {}: the input itself", position + 1),
        _ => format!("branch {}", position + 1),
    }
}

fn sides(shape: Shape) -> Vec<usize> {
    match shape {
        Shape::Image(sides) => sides.to_vec(),
        Shape::Vector(values) => vec![values],
    }
}

fn in_words(layer: &Layer) -> String {
    let by = |[rows, columns]: [usize; 2]| format!("{rows}x{columns}");
    let stride = |stride: [usize; 2]| match stride {
        [1, 1] => String::new(),
        [one, other] if one == other => format!(", stride {one}"),
        stride => format!(", stride {}", by(stride)),
    };
    match layer {
        Layer::Convolution { kernel, stride: steps, groups, in_channels, .. } => {
            let kind = match *groups {
                1 => "convolution".to_owned(),
                groups if groups == *in_channels => "depthwise".to_owned(),
                groups => format!("in {groups} groups"),
            };
            format!("{} {kind}{}", by(*kernel), stride(*steps))
        }
        Layer::MaxPool { kernel, stride: steps } => pool("max-pool", *kernel, *steps),
        Layer::AveragePool { kernel, stride: steps } => pool("average pool", *kernel, *steps),
        Layer::GlobalAveragePool => "global average pool".to_owned(),
        Layer::BatchNorm { .. } => "batch norm".to_owned(),
        Layer::Dropout { rate } => format!("dropout {rate}"),
        Layer::Relu => "ReLU".to_owned(),
        Layer::Flatten => "flatten".to_owned(),
        Layer::Linear { .. } => "linear".to_owned(),
        Layer::Residual { shortcut, .. } if shortcut.is_empty() => "residual, onto the input".to_owned(),
        Layer::Residual { .. } => "residual".to_owned(),
        Layer::Branches { branches, .. } => format!("{} parallel branches", branches.len()),
    }
}

fn pool(word: &str, kernel: [usize; 2], stride: [usize; 2]) -> String {
    let by = |[rows, columns]: [usize; 2]| format!("{rows}x{columns}");
    match kernel == stride {
        true => format!("{word} {}", by(kernel)),
        false => format!("{word} {}, stride {}", by(kernel), by(stride)),
    }
}

#[cfg(test)]
mod tests {
    use models::network::Preset;

    use super::*;

    /// By hand: 3 · 16 · 9 + 16 weights and biases, at 32 · 32 places.
    #[test]
    fn a_residual_networks_rows_hold_body_and_shortcut_one_level_deeper() {
        let rows = rows(&"resnet8".parse::<Preset>().unwrap().network([3, 32, 32], 10));
        assert_eq!(rows[0].layer, "3x3 convolution");
        assert_eq!((rows[0].parameters, rows[0].multiply_adds), (448, 432 * 1024));
        assert_eq!(rows[0].output, Some(vec![16, 32, 32]));
        let body = rows.iter().position(|row| row.layer == "body").unwrap();
        assert_eq!((rows[body - 1].layer.as_str(), rows[body - 1].depth), ("residual, onto the input", 0));
        assert_eq!((rows[body].depth, rows[body + 1].depth), (1, 2));
        let shortcut = rows.iter().find(|row| row.layer == "shortcut").unwrap();
        assert_eq!((shortcut.depth, shortcut.output.is_none()), (1, true));
        let outer = rows.iter().filter(|row| row.depth == 0);
        assert_eq!(outer.map(|row| row.parameters).sum::<usize>(), 78_666);
    }
}
