//! Chat templates in JSON: `tokenizer_config.json`, `processor_config.json`, `chat_template.json`.

use super::Told;
use crate::digest::sha256;
use crate::json::Scalar;
use crate::record::Sha256;

/// The key of a template or of several.
const CHAT_TEMPLATE: &str = "chat_template";

/// The name of the template that counts where there are several.
const DEFAULT: &str = "default";

/// The templates of one file.
#[derive(Debug, Clone, Default)]
pub(super) struct Templates {
    /// The one without a name, or named for that.
    default: Option<Sha256>,
    /// The name that the item of a list gave last: items are objects of a name and a template.
    name: Option<(String, String)>,
    /// A template whose name may follow.
    unnamed: Option<(String, Option<Sha256>)>,
}

impl Templates {
    /// The digest of the template that counts.
    pub(super) fn default(&self) -> Option<Sha256> {
        self.default
    }

    /// Takes in the only template of a file.
    pub(super) fn add(&mut self, template: &str) {
        self.default = sha256(template.as_bytes());
    }

    fn add_named(&mut self, name: &str, template: Option<Sha256>) {
        if name == DEFAULT {
            self.default = template;
        }
    }
}

/// Takes in a scalar of a file that may hold chat templates.
pub(super) fn add(told: &mut Told, path: &[&str], scalar: Scalar<'_>) {
    let Scalar::Text(text) = scalar else { return };
    match path {
        [CHAT_TEMPLATE] => {
            told.examine_template(path, text);
            told.templates.add(text);
        }
        // The older spelling: a list of names and templates, either first.
        [CHAT_TEMPLATE, index, "name"] => {
            let templates = &mut told.templates;
            match templates.unnamed.take().filter(|(of, _)| of == index) {
                Some((_, template)) => templates.add_named(text, template),
                None => templates.name = Some(((*index).to_owned(), text.to_owned())),
            }
        }
        [CHAT_TEMPLATE, index, "template"] => {
            told.examine_template(path, text);
            let template = sha256(text.as_bytes());
            let templates = &mut told.templates;
            match templates.name.take().filter(|(of, _)| of == index) {
                Some((_, name)) => templates.add_named(&name, template),
                None => templates.unnamed = Some(((*index).to_owned(), template)),
            }
        }
        [CHAT_TEMPLATE, name] => {
            told.examine_template(path, text);
            told.templates.add_named(name, sha256(text.as_bytes()));
        }
        _ => {}
    }
}
