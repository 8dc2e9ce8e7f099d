//! The signature base of RFC 9421 §2.5: one line a component, the parameters last, no final line end.

use super::component::{Component, ComponentError, Values};
use super::exchange::Exchange;
use super::structured_field::{InnerList, SerializeError, write_parameters};

/// A signature base with the components it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureBase {
    text: String,
    /// Where `"@signature-params": ` ends.
    parameters_start: usize,
    components: Vec<Component>,
}

/// Why there is no signature base.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseError {
    /// A component has no value.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// A component is covered twice.
    #[error("the component `{0}` is covered twice")]
    Duplicate(String),
    /// The parameters cannot be written.
    #[error("the signature parameters hold {0}")]
    Parameters(#[from] SerializeError),
}

impl SignatureBase {
    /// Builds the base for a list of components with signature parameters.
    ///
    /// # Errors
    /// [`BaseError`].
    pub fn new(covered: &InnerList, exchange: Exchange<'_>) -> Result<Self, BaseError> {
        let components = components(covered)?;
        let values = Values::new(exchange);
        let mut text = String::with_capacity(640);
        for component in &components {
            text.push_str(component.identifier());
            text.push_str(": ");
            values.write(component, &mut text)?;
            text.push('\n');
        }
        // RFC 9421 §3.2 step 7: re-serialised from what was parsed, the order of parameters kept. The items of the list
        // are the identifiers, which are serialised already.
        text.push_str("\"@signature-params\": ");
        let parameters_start = text.len();
        text.push('(');
        for (index, component) in components.iter().enumerate() {
            if index > 0 {
                text.push(' ');
            }
            text.push_str(component.identifier());
        }
        text.push(')');
        write_parameters(&mut text, &covered.parameters)?;
        Ok(Self {
            text,
            parameters_start,
            components,
        })
    }

    /// The components in order.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The text that is signed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The lines of the components, without that of the parameters.
    pub(crate) fn lines(&self) -> &str {
        let before = self.text.get(..self.parameters_start).unwrap_or_default();
        before.rsplit_once('\n').map_or("", |(lines, _)| lines)
    }

    /// The value of `@signature-params`, which is also the member of `Signature-Input`.
    pub fn parameters(&self) -> &str {
        self.text.get(self.parameters_start..).unwrap_or_default()
    }
}

/// The components of a list, each once.
///
/// # Errors
/// [`BaseError::Component`], [`BaseError::Duplicate`].
pub fn components(covered: &InnerList) -> Result<Vec<Component>, BaseError> {
    let mut components: Vec<Component> = Vec::with_capacity(covered.items.len());
    for item in &covered.items {
        let component = Component::from_item(item)?;
        if components.iter().any(|known| known.same_as(&component)) {
            return Err(BaseError::Duplicate(component.identifier().to_owned()));
        }
        components.push(component);
    }
    Ok(components)
}
