//! What a block of a page is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a block is: a part of the article, or a part of what stands around it.
///
/// The set is closed on purpose: whoever adds a role is led by the compiler to every place that must know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    // The article.
    /// The short line over the headline (German: Dachzeile), without its colon.
    Kicker,
    /// The article's title.
    Headline,
    /// A second line of the title, below the headline.
    Subtitle,
    /// Date, and often the place, of the report.
    Dateline,
    /// Who wrote it.
    Byline,
    /// The opening summary paragraph.
    Lead,
    /// A paragraph of the article.
    Body,
    /// A heading within the article.
    Subheading,
    /// An item of a list within the article.
    ListItem,
    /// A quotation set apart.
    Quote,
    /// Program text or other preformatted text.
    Code,
    /// A row or cell of a table with content.
    Table,
    /// The caption of an image, video or table.
    Caption,
    /// Who made an image, or the agency line.
    Credit,
    /// Keywords, tags or topics of the article.
    Keywords,
    /// Addresses that the article points to, set apart from its text.
    Links,

    // Around it.
    /// Menus and link lists for moving through the site.
    Navigation,
    /// The trail of sections that leads to this page.
    Breadcrumb,
    /// Print, mail, bookmark, font size and the like.
    Tools,
    /// A pointer to another article.
    Teaser,
    /// Paid content, and the marks that announce it.
    Advertisement,
    /// An entry of a list of vendors or companies.
    VendorList,
    /// What readers wrote.
    Comment,
    /// Share and follow buttons, embedded posts' chrome.
    Social,
    /// Newsletter, magazine or alert to subscribe to.
    Subscription,
    /// The search box.
    Search,
    /// Cookie and embed consent.
    Consent,
    /// "Read on with a subscription" and the like.
    Paywall,
    /// Pages of one article or list.
    Pagination,
    /// The publisher's own announcements.
    Notice,
    /// Dates of events.
    Events,
    /// Imprint, copyright, terms.
    Legal,
    /// Nothing of the above.
    Other,
}

impl Role {
    /// Every role, article first, in the order of the documentation.
    pub const ALL: [Role; 33] = [
        Role::Kicker,
        Role::Headline,
        Role::Subtitle,
        Role::Dateline,
        Role::Byline,
        Role::Lead,
        Role::Body,
        Role::Subheading,
        Role::ListItem,
        Role::Quote,
        Role::Code,
        Role::Table,
        Role::Caption,
        Role::Credit,
        Role::Keywords,
        Role::Links,
        Role::Navigation,
        Role::Breadcrumb,
        Role::Tools,
        Role::Teaser,
        Role::Advertisement,
        Role::VendorList,
        Role::Comment,
        Role::Social,
        Role::Subscription,
        Role::Search,
        Role::Consent,
        Role::Paywall,
        Role::Pagination,
        Role::Notice,
        Role::Events,
        Role::Legal,
        Role::Other,
    ];

    /// The name used in records, profiles and gold files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Kicker => "kicker",
            Role::Headline => "headline",
            Role::Subtitle => "subtitle",
            Role::Dateline => "dateline",
            Role::Byline => "byline",
            Role::Lead => "lead",
            Role::Body => "body",
            Role::Subheading => "subheading",
            Role::ListItem => "list_item",
            Role::Quote => "quote",
            Role::Code => "code",
            Role::Table => "table",
            Role::Caption => "caption",
            Role::Credit => "credit",
            Role::Keywords => "keywords",
            Role::Links => "links",
            Role::Navigation => "navigation",
            Role::Breadcrumb => "breadcrumb",
            Role::Tools => "tools",
            Role::Teaser => "teaser",
            Role::Advertisement => "advertisement",
            Role::VendorList => "vendor_list",
            Role::Comment => "comment",
            Role::Social => "social",
            Role::Subscription => "subscription",
            Role::Search => "search",
            Role::Consent => "consent",
            Role::Paywall => "paywall",
            Role::Pagination => "pagination",
            Role::Notice => "notice",
            Role::Events => "events",
            Role::Legal => "legal",
            Role::Other => "other",
        }
    }

    /// Whether the block belongs to the article (its frame included: headline, caption, keywords).
    #[must_use]
    pub const fn is_article(self) -> bool {
        (self as u8) <= (Role::Links as u8)
    }

    /// Whether the block's text goes into the `text` of an article's record.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(
            self,
            Role::Lead | Role::Body | Role::Subheading | Role::ListItem | Role::Quote | Role::Code | Role::Table
        )
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn names_agree_with_serde_and_are_in_order() {
        for (at, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
            assert_eq!(role as usize, at, "{role} stands elsewhere in ALL than in the enum");
        }
    }
}
