//! Which tensors of a Hugging Face model are weights, and which only serve to read them.

use std::collections::{BTreeSet, HashMap};

use super::Tensor;
use super::layouts::{Company, LAYOUTS, Layout};
use super::packing::Held;
use super::parts::Parts;

/// The tensors of a model by name: how weights and what belongs to them find each other.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    by_name: HashMap<&'a str, &'a Tensor>,
    /// Bytes of what may be quantized weights, by its name without the end that a layout knows.
    quantized: HashMap<&'a str, u64>,
    /// The layouts that are possible, as far as the model has tensors of the types and with the ends
    /// of names that they want.
    layouts: Vec<&'static Layout>,
    /// Those of [`AUXILIARY`] that names of the model end in.
    auxiliary: Vec<&'static str>,
}

/// Element types that may hold packed weights, and may as well hold indices.
const INTEGERS: &[&str] = &["I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64"];

/// Element types of weights that no method has touched.
const FLOATS: &[&str] = &["F64", "F32", "F16", "BF16"];

/// Ends of names of biases, which experts stack into matrices.
const BIASES: &[&str] = &[".bias", "_bias"];

/// Elements of a bias of all experts: five times as many as the largest has.
const MAX_BIAS: u64 = 1 << 22;

/// Ends of names of tensors that a method needs beside its weights: scales, zero points, codes.
const AUXILIARY: &[&str] = &[
    ".SCB",
    ".absmax",
    ".backward_hadamard_matrix",
    ".biases",
    ".centroids.weight",
    ".channel_scales",
    ".codebooks",
    ".dqweight",
    ".embedding_scale",
    ".forward_hadamard_matrix",
    ".g_idx",
    ".input_scale",
    ".nested_absmax",
    ".nested_quant_map",
    ".outlier_centroids.weight",
    ".pairs",
    ".pre_quant_scale",
    ".q_groups",
    ".q_invperm",
    ".q_perm",
    ".q_scale",
    ".q_scale_max",
    ".qbiases",
    ".quant_map",
    ".qzeros",
    ".res_centroids.weight",
    ".s",
    ".s_channel",
    ".s_group",
    ".scale",
    ".scale_packed",
    ".scales",
    ".shift",
    ".su",
    ".suh",
    ".sv",
    ".svh",
    ".tables",
    ".tables2",
    ".theta",
    ".weight._scale",
    ".weight._shift",
    ".weight.absmax",
    ".weight.nested_absmax",
    ".weight.nested_quant_map",
    ".weight.quant_map",
    ".weight_absmax",
    ".weight_g_idx",
    ".weight_global_scale",
    ".weight_nested_absmax",
    ".weight_nested_quant_map",
    ".weight_quant_map",
    ".weight_quant_state",
    ".weight_scale",
    ".weight_scale_2",
    ".weight_scale_inv",
    ".weight_scales",
    ".weight_shape",
    ".weight_zero_point",
    ".zero",
    "_scale",
    "_scale_inv",
    "_scales",
    "_zero_point",
];

/// Ends of names of tensors of what codes stand for, and of the codes beside them.
const CODEBOOKS: &[(&str, &str)] = &[
    (".centroids.weight", ".indices"),
    (".codebooks", ".codes"),
    (".outlier_centroids.weight", ".indices"),
    (".res_centroids.weight", ".indices"),
];

/// Bytes of one of them: two codebooks of 65536 vectors of eight floats, the most that `aqlm` and
/// `vptq` publish. The keys of a model with few heads have no more bytes of codes.
const MAX_CODEBOOK: u64 = 2 * 65_536 * 8 * 4;

/// Parts of the names of embeddings and output heads, which methods usually leave alone.
const ENDS: &[&str] = &[
    "embed_tokens",
    "embed_in",
    "embed_out",
    "embeddings",
    "lm_head",
    "shared.weight",
    "wte",
    "wpe",
];

const PARTS_OF_ENDS: Parts<{ ENDS.len() }> = Parts::of(ENDS);

impl<'a> Names<'a> {
    /// The names of all tensors of a model, which are of these types.
    pub(crate) fn of(tensors: &'a [Tensor], types: &BTreeSet<&str>) -> Self {
        let ends = Ends::of(tensors);
        let packed: Vec<&Layout> = LAYOUTS
            .iter()
            .copied()
            .filter(|layout| {
                let has_type = layout.dtypes.iter().any(|name| types.contains(name));
                has_type && ends.may_be(layout.suffix)
            })
            .collect();
        let has_company = |layout: &&Layout| {
            layout
                .beside
                .iter()
                .all(|beside| ends.may_be(beside.suffix))
        };
        let layouts: Vec<&Layout> = packed.iter().copied().filter(has_company).collect();
        // What serves to read quantized weights stands beside some.
        let is_there = |end: &&str| !packed.is_empty() && ends.may_be(end);
        let auxiliary = AUXILIARY.iter().copied().filter(is_there).collect();
        // Where no layout is possible and there are no codes, nobody asks what stands beside a tensor.
        let has_codes = CODEBOOKS.iter().any(|(_, codes)| ends.may_be(codes));
        let is_asked = has_codes || !layouts.is_empty();
        let asked = if is_asked { tensors } else { &[] };
        Self::among(tensors, asked, &packed, layouts, auxiliary)
    }

    /// The names of all tensors, among which those of integers may lie as `packed` says, any as
    /// `layouts` says, and some end in `auxiliary`; company is found among those that are `asked`.
    fn among(
        tensors: &'a [Tensor],
        asked: &'a [Tensor],
        packed: &[&Layout],
        layouts: Vec<&'static Layout>,
        auxiliary: Vec<&'static str>,
    ) -> Self {
        let mut names = Self {
            by_name: asked.iter().map(|tensor| (&*tensor.name, tensor)).collect(),
            quantized: HashMap::new(),
            layouts,
            auxiliary,
        };
        for tensor in tensors {
            // Floats are packed weights only where their company says so.
            let needs_company = is_float(tensor);
            let layouts = if needs_company {
                &names.layouts
            } else {
                packed
            };
            for layout in layouts {
                let is_one = layout.has_type_of(tensor)
                    && (!needs_company || names.held(layout, tensor, None).is_some());
                if let Some(base) = tensor.name.strip_suffix(layout.suffix).filter(|_| is_one) {
                    let bytes = names.quantized.entry(base).or_insert(0);
                    *bytes = tensor.bytes.max(*bytes);
                }
            }
        }
        names
    }

    /// Whether a tensor is a matrix of weights.
    pub(crate) fn is_quantizable(&self, tensor: &Tensor) -> bool {
        let name = &*tensor.name;
        let is_matrix = tensor.dimensions >= 2 && tensor.elements > tensor.row;
        // Codes and packed weights may lie in a vector, where company shows what they are.
        let is_packed = || is_integer(tensor) && self.layout(tensor, None).is_some();
        (is_matrix || is_packed())
            && !(tensor.elements <= MAX_BIAS && BIASES.iter().any(|end| name.ends_with(end)))
            && tensor.type_name != "BOOL"
            && (!is_integer(tensor) || is_named_as_weights(name))
            && !self.is_auxiliary(tensor)
    }

    /// Whether a tensor only serves to read quantized weights beside it.
    ///
    /// It must be smaller than those weights: a name alone would hide any matrix. What codes stand
    /// for may be larger than few of them are.
    pub(crate) fn is_auxiliary(&self, tensor: &Tensor) -> bool {
        let has_codes = |of: &(&str, &str)| {
            let base = tensor.name.strip_suffix(of.0);
            base.is_some_and(|base| self.quantized.contains_key(base))
                && base.is_some_and(|base| self.by_name.contains_key(&*format!("{base}{}", of.1)))
        };
        if tensor.bytes <= MAX_CODEBOOK && CODEBOOKS.iter().any(has_codes) {
            return true;
        }
        self.auxiliary
            .iter()
            .filter_map(|suffix| tensor.name.strip_suffix(suffix))
            .any(|base| {
                self.quantized
                    .get(base)
                    .is_some_and(|bytes| tensor.bytes < *bytes)
            })
    }

    /// What a tensor holds if it lies so.
    pub(crate) fn held(
        &self,
        layout: &Layout,
        tensor: &Tensor,
        group_size: Option<u64>,
    ) -> Option<Held> {
        let base = tensor.name.strip_suffix(layout.suffix)?;
        if !layout.has_type_of(tensor) {
            return None;
        }
        let mut first = None;
        for company in layout.beside {
            let found = self
                .by_name
                .get(format!("{base}{}", company.suffix).as_str())
                .copied();
            let found = found.filter(|tensor| company.is(tensor))?;
            first = first.or(Some(found));
        }
        layout.packing.held(tensor, first, group_size)
    }

    /// Whether a tensor may have any layout.
    pub(crate) fn may_have_layouts(&self) -> bool {
        !self.layouts.is_empty()
    }

    /// The first layout that a tensor may have, and what it holds then.
    pub(crate) fn layout(
        &self,
        tensor: &Tensor,
        group_size: Option<u64>,
    ) -> Option<(&'static Layout, Held)> {
        self.layouts
            .iter()
            .find_map(|layout| Some((*layout, self.held(layout, tensor, group_size)?)))
    }

    /// Whether elements of a float type hold weights that are something else.
    pub(crate) fn is_packed_float(&self, tensor: &Tensor) -> bool {
        let base = tensor.name.strip_suffix(".weight");
        is_float(tensor)
            && base.is_some_and(|base| self.quantized.contains_key(base))
            && self.layout(tensor, None).is_some()
    }

    /// Weights that a tensor holds, whichever way it lies; `None` where the header does not tell.
    pub(crate) fn weights(&self, tensor: &Tensor, group_size: Option<u64>) -> Option<u64> {
        let held = self.layout(tensor, group_size);
        held.and_then(|(_, held)| held.weights)
            .or_else(|| (!is_integer(tensor)).then_some(tensor.elements))
    }
}

/// Whether a tensor holds weights that no method has touched.
pub(crate) fn is_float(tensor: &Tensor) -> bool {
    FLOATS.contains(&tensor.type_name)
}

/// Whether a tensor's elements may be packed weights.
pub(crate) fn is_integer(tensor: &Tensor) -> bool {
    INTEGERS.contains(&tensor.type_name)
}

/// Whether a tensor belongs to the experts of a mixture: `mlp.experts.0.up_proj.weight`, or
/// `mlp.experts.gate_up_proj` for all of them.
pub(crate) fn is_expert(name: &str) -> bool {
    name.split('.').any(|part| part == "experts")
}

/// Whether a tensor is an embedding or an output head.
pub(crate) fn is_end(name: &str) -> bool {
    PARTS_OF_ENDS.are_in(name)
}

fn is_named_as_weights(name: &str) -> bool {
    let mut ends = LAYOUTS.iter().map(|layout| layout.suffix);
    name.ends_with("weight") || ends.any(|end| !end.is_empty() && name.ends_with(end))
}

/// The ends of the names of a model: what stands behind the last dot of each. They are few.
struct Ends<'a>(BTreeSet<&'a str>);

impl<'a> Ends<'a> {
    fn of(tensors: &'a [Tensor]) -> Self {
        Self(
            tensors
                .iter()
                .map(|tensor| last_part(&tensor.name))
                .collect(),
        )
    }

    /// Whether a name may end so; certainly none does if not.
    fn may_be(&self, suffix: &str) -> bool {
        if suffix.contains('.') {
            self.0.contains(last_part(suffix))
        } else {
            self.0.iter().any(|end| end.ends_with(suffix))
        }
    }
}

/// What stands behind the last dot of a name, or all of it.
fn last_part(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, last)| last)
}

impl Layout {
    fn has_type_of(&self, tensor: &Tensor) -> bool {
        self.dtypes.contains(&tensor.type_name)
    }
}

impl Company {
    fn is(&self, tensor: &Tensor) -> bool {
        let has_type = self.dtypes.is_empty() || self.dtypes.contains(&tensor.type_name);
        let is_single = tensor.elements == 1;
        has_type && self.is_single.is_none_or(|wanted| wanted == is_single)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quantization::layouts;

    fn tensor(name: &str, type_name: &'static str, shape: [u64; 2], bytes: u64) -> Tensor {
        let [rows, row] = shape;
        Tensor {
            name: name.into(),
            type_name,
            row,
            dimensions: 2,
            elements: rows * row,
            bytes,
        }
    }

    fn types(tensors: &[Tensor]) -> BTreeSet<&str> {
        tensors.iter().map(|tensor| tensor.type_name).collect()
    }

    fn quantizable(tensors: &[Tensor]) -> Vec<&str> {
        let names = Names::of(tensors, &types(tensors));
        let weights = tensors.iter().filter(|tensor| names.is_quantizable(tensor));
        weights.map(|tensor| &*tensor.name).collect()
    }

    #[test]
    fn matrices_of_floats_and_of_packed_integers_are_weights() {
        let tensors = [
            tensor("l.qweight", "I32", [32, 128], 16384),
            tensor("l.qzeros", "I32", [2, 16], 128),
            tensor("l.scales", "F16", [2, 128], 512),
            tensor("lm_head.weight", "F16", [1000, 256], 512_000),
        ];

        assert_eq!(quantizable(&tensors), ["l.qweight", "lm_head.weight"]);
    }

    #[test]
    fn indices_masks_biases_and_vectors_are_no_weights() {
        let tensors = [
            tensor("embeddings.position_ids", "I64", [2, 512], 8192),
            tensor("attn.masked", "BOOL", [64, 64], 4096),
            tensor("attn.relative_index", "I32", [64, 64], 16384),
            tensor("experts.down_proj_bias", "BF16", [32, 64], 4096),
            tensor("cls_token", "F32", [1, 768], 3072),
        ];

        assert!(quantizable(&tensors).is_empty());
    }

    #[test]
    fn a_matrix_cannot_hide_behind_the_name_of_a_bias() {
        let tensors = [
            tensor("a.bias", "F32", [4096, 4096], 1 << 26),
            tensor("b.bias", "BF16", [128, 5760], 1_474_560),
        ];

        assert_eq!(quantizable(&tensors), ["a.bias"]);
    }

    #[test]
    fn a_matrix_cannot_hide_behind_the_name_of_scales() {
        let tensors = [
            tensor("a.scales", "F32", [4096, 4096], 1 << 26),
            tensor("b.qweight", "I32", [8, 16], 512),
            tensor("b.scales", "F32", [4096, 4096], 1 << 26),
        ];

        assert_eq!(quantizable(&tensors), ["a.scales", "b.qweight", "b.scales"]);
    }

    #[test]
    fn scales_of_eight_bit_floats_are_no_weights() {
        let tensors = [
            tensor("l.weight", "F8_E4M3", [256, 256], 65536),
            tensor("l.weight_scale_inv", "F32", [2, 2], 16),
            tensor("experts.gate_up_proj", "F8_E4M3", [64, 256], 16384),
            tensor("experts.gate_up_proj_scale", "F32", [64, 2], 512),
        ];

        assert_eq!(quantizable(&tensors), ["l.weight", "experts.gate_up_proj"]);
    }

    #[test]
    fn packed_weights_are_counted_where_the_header_tells() {
        let tensors = [
            tensor("l.qweight", "I32", [16, 128], 8192),
            tensor("l.g_idx", "I32", [1, 128], 512),
            tensor("l.scales", "F16", [1, 128], 256),
            tensor("m.weight_packed", "I32", [16, 128], 8192),
            tensor("m.weight_shape", "I64", [1, 2], 16),
        ];
        let names = Names::of(&tensors, &types(&tensors));
        let counted: Vec<_> = tensors
            .iter()
            .map(|tensor| names.weights(tensor, None))
            .collect();

        assert_eq!(counted.first(), Some(&Some(128 * 128)));
        assert_eq!(counted.get(3), Some(&None));
    }

    fn any_tensor() -> impl Strategy<Value = Tensor> {
        let layout = |index: usize| LAYOUTS.get(index).copied().unwrap_or(&layouts::GPTQ);
        let suffixes: Vec<&str> = (0..LAYOUTS.len())
            .flat_map(|index| {
                let beside = layout(index).beside.iter().map(|beside| beside.suffix);
                std::iter::once(layout(index).suffix).chain(beside)
            })
            .chain(AUXILIARY.iter().copied())
            .collect();
        let types: Vec<&str> = LAYOUTS
            .iter()
            .flat_map(|layout| layout.dtypes.iter().copied())
            .chain(["BF16", "I64", "BOOL"])
            .collect();
        let name = (
            prop::sample::select(vec!["l", "m.l", ""]),
            prop::sample::select(suffixes),
        );
        let type_name = prop::sample::select(types);
        (name, type_name, [0_u64..3, 1..3], 0_u64..9).prop_map(
            |((base, end), type_name, shape, bytes)| {
                tensor(&format!("{base}{end}"), type_name, shape, bytes)
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_ruled_out_changes_no_answer(tensors in prop::collection::vec(any_tensor(), 0..9)) {
            let some = Names::of(&tensors, &types(&tensors));
            let all = Names::among(&tensors, &tensors, LAYOUTS, LAYOUTS.to_vec(), AUXILIARY.to_vec());
            for tensor in &tensors {
                prop_assert_eq!(some.is_quantizable(tensor), all.is_quantizable(tensor));
                prop_assert_eq!(some.is_auxiliary(tensor), all.is_auxiliary(tensor));
                prop_assert_eq!(some.layout(tensor, None), all.layout(tensor, None));
                prop_assert_eq!(some.weights(tensor, Some(2)), all.weights(tensor, Some(2)));
                for layout in LAYOUTS {
                    prop_assert_eq!(some.held(layout, tensor, None), all.held(layout, tensor, None));
                }
            }
        }
    }
}
