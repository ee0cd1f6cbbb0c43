//! `model_index.json` of diffusers: the components of a pipeline, and the class that each is of.
//!
//! Source: `diffusers` 0.36 (`pipelines/pipeline_utils.py`, `pipelines/pipeline_loading_utils.py`).
//! What no pipeline names may bear the same name, and is left alone.

use super::Told;
use super::code::CodeProblem;
use crate::json::Scalar;

/// Components kept; pipelines have a dozen.
const MAX_COMPONENTS: usize = 256;

/// Libraries whose classes components are of.
const LIBRARIES: &[&str] = &[
    "accelerate",
    "diffusers",
    "flax",
    "onnxruntime",
    "optimum",
    "peft",
    "transformers",
];

/// Modules of pipelines of diffusers, of today or of an earlier version, whose classes components
/// are of: these are looked for before any library.
const PIPELINES: &[&str] = &[
    "ace_step",
    "allegro",
    "alt_diffusion",
    "amused",
    "animatediff",
    "anyflow",
    "audio_diffusion",
    "audioldm",
    "audioldm2",
    "aura_flow",
    "auto_pipeline",
    "blip_diffusion",
    "bria",
    "bria_fibo",
    "chroma",
    "chronoedit",
    "cogvideo",
    "cogview3",
    "cogview4",
    "consisid",
    "consistency_models",
    "controlnet",
    "controlnet_hunyuandit",
    "controlnet_sd3",
    "controlnet_xs",
    "cosmos",
    "dance_diffusion",
    "ddim",
    "ddpm",
    "deepfloyd_if",
    "deprecated",
    "diffusion_gemma",
    "dit",
    "dreamlite",
    "easyanimate",
    "ernie_image",
    "flux",
    "flux2",
    "glm_image",
    "helios",
    "hidream_image",
    "hunyuan_image",
    "hunyuan_video",
    "hunyuan_video1_5",
    "hunyuandit",
    "i2vgen_xl",
    "ideogram4",
    "joyimage",
    "kandinsky",
    "kandinsky2_2",
    "kandinsky3",
    "kandinsky5",
    "kolors",
    "krea2",
    "latent_consistency_models",
    "latent_diffusion",
    "latent_diffusion_uncond",
    "latte",
    "ledits_pp",
    "llada2",
    "longcat_audio_dit",
    "longcat_image",
    "ltx",
    "ltx2",
    "lucy",
    "lumina",
    "lumina2",
    "marigold",
    "mochi",
    "motif_video",
    "musicldm",
    "nucleusmoe_image",
    "omnigen",
    "onnx_utils",
    "ovis_image",
    "pag",
    "paint_by_example",
    "pia",
    "pipeline_utils",
    "pixart_alpha",
    "pndm",
    "prx",
    "qwenimage",
    "repaint",
    "sana",
    "sana_video",
    "score_sde_ve",
    "semantic_stable_diffusion",
    "shap_e",
    "skyreels_v2",
    "spectrogram_diffusion",
    "stable_audio",
    "stable_cascade",
    "stable_diffusion",
    "stable_diffusion_3",
    "stable_diffusion_safe",
    "stable_diffusion_xl",
    "stable_video_diffusion",
    "stochastic_karras_ve",
    "t2i_adapter",
    "text_to_video_synthesis",
    "unclip",
    "unidiffuser",
    "versatile_diffusion",
    "visualcloze",
    "vq_diffusion",
    "wan",
    "wuerstchen",
    "z_image",
];

/// What a `model_index.json` says so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Pipeline {
    /// Whether it names the class of a pipeline, without which it is of none.
    is_one: bool,
    /// The file of code that the class of the pipeline is in.
    module: Option<String>,
    /// Where components of other libraries stand, and the library.
    foreign: Vec<(Vec<String>, String)>,
}

/// Takes in a scalar of a `model_index.json`.
pub(super) fn add(told: &mut Told, path: &[&str], scalar: Scalar<'_>) {
    let Scalar::Text(text) = scalar else { return };
    let pipeline = &mut told.pipeline;
    match path {
        ["_class_name"] => pipeline.is_one = true,
        ["_class_name", place] => {
            pipeline.is_one = true;
            if *place == "0" {
                pipeline.module = Some(text.to_owned());
            }
        }
        // In a modular pipeline the hint beside a component is what counts. A library may bear any
        // name that a file can have: importing holds it to no rules.
        [name, "0"] | [name, _, "type_hint", "0"]
            if !name.starts_with('_') && !text.contains('/') && !is_known(text) =>
        {
            pipeline.add_foreign(path, text);
        }
        _ => {}
    }
}

/// Reports the code of a pipeline, once all of it was taken in.
pub(super) fn judge(told: &mut Told) {
    let pipeline = std::mem::take(&mut told.pipeline);
    if !pipeline.is_one {
        return;
    }
    told.is_about_a_model = true;
    if let Some(module) = pipeline.module {
        told.report_code(&["_class_name"], CodeProblem::PipelineFile(module));
    }
    for (place, library) in pipeline.foreign {
        let component = place.first().cloned().unwrap_or_default();
        let path: Vec<&str> = place.iter().map(String::as_str).collect();
        told.report_code(&path, CodeProblem::Component { component, library });
    }
}

impl Pipeline {
    fn add_foreign(&mut self, path: &[&str], library: &str) {
        if self.foreign.len() < MAX_COMPONENTS {
            let place = path.iter().copied().map(str::to_owned).collect();
            self.foreign.push((place, library.to_owned()));
        }
    }
}

/// Whether the classes of a library are no code of the model's own.
fn is_known(library: &str) -> bool {
    let package = library.split('.').next().unwrap_or_default();
    LIBRARIES.contains(&package) || PIPELINES.binary_search(&library).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_pipelines_are_in_order() {
        assert!(PIPELINES.is_sorted());
    }
}
