//! The gradients of a level's parameters, summed over a part of the batch.
//!
//! In come the contributions of images in their order, out go sums that are added to those of the other parts in the order of
//! the parts: no number of threads changes a bit.

use kernels::{Convolution, add};

use super::graph::{Node, Operation};
use super::levels::Level;
use crate::layers::batch_norm::BatchNorm;
use crate::layers::convolution_gradients::ConvolutionSums;

/// The sums of one part of the batch.
#[derive(Debug)]
pub(super) struct LevelSums {
    /// The sums of each convolution, by node.
    pub(super) convolutions: Vec<(usize, Convolution, ConvolutionSums)>,
    /// The sums of each batch norm, by node: as [`BatchNorm::add_gradient_sums`] lays them out.
    pub(super) norms: Vec<(usize, Vec<f64>)>,
}

impl LevelSums {
    /// Returns sums of nothing for the nodes of `level`.
    pub(super) fn new(nodes: &[Node], level: &Level) -> Self {
        let mut sums = Self { convolutions: Vec::new(), norms: Vec::new() };
        for &index in &level.images {
            match &nodes[index].operation {
                Operation::Convolution { layer, .. } => {
                    sums.convolutions.push((index, *layer, ConvolutionSums::new(*layer)));
                }
                Operation::BatchNorm { layer, .. } => {
                    sums.norms.push((index, vec![0.0; BatchNorm::SUMS * layer.channels]));
                }
                _ => {}
            }
        }
        sums
    }

    /// Returns whether these are sums for the nodes of `level`.
    pub(super) fn fits(&self, nodes: &[Node], level: &Level) -> bool {
        let convolutions = level.images.iter().filter_map(|&index| match &nodes[index].operation {
            Operation::Convolution { layer, .. } => Some((index, *layer)),
            _ => None,
        });
        let norms = level.images.iter().filter_map(|&index| match &nodes[index].operation {
            Operation::BatchNorm { layer, .. } => Some((index, BatchNorm::SUMS * layer.channels)),
            _ => None,
        });
        convolutions.eq(self.convolutions.iter().map(|(index, layer, _)| (*index, *layer)))
            && norms.eq(self.norms.iter().map(|(index, sums)| (*index, sums.len())))
    }

    /// Makes these the sums of nothing.
    pub(super) fn clear(&mut self) {
        for (_, _, sums) in &mut self.convolutions {
            sums.weight.fill(0.0);
            sums.bias.fill(0.0);
        }
        self.norms.iter_mut().for_each(|(_, sums)| sums.fill(0.0));
    }

    /// Returns the sums of the convolution at node `index`.
    ///
    /// # Panics
    /// Where the node is no convolution of the level: a mistake of the walk.
    pub(super) fn convolution(&mut self, index: usize) -> &mut ConvolutionSums {
        let found = self.convolutions.iter_mut().find(|(node, ..)| *node == index);
        &mut found.expect("a level has sums for each of its convolutions").2
    }

    /// Returns the sums of the batch norm at node `index`.
    ///
    /// # Panics
    /// Where the node is no batch norm of the level: a mistake of the walk.
    pub(super) fn norm(&mut self, index: usize) -> &mut [f64] {
        let found = self.norms.iter_mut().find(|(node, _)| *node == index);
        &mut found.expect("a level has sums for each of its batch norms").1
    }

    /// Adds the sums of the next part of the batch.
    pub(super) fn add(&mut self, part: &Self) {
        for ((_, _, total), (_, _, sums)) in self.convolutions.iter_mut().zip(&part.convolutions) {
            add(&mut total.weight, &sums.weight);
            add(&mut total.bias, &sums.bias);
        }
        for ((_, total), (_, sums)) in self.norms.iter_mut().zip(&part.norms) {
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
        }
    }
}
