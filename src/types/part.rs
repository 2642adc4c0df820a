//! What a block is within a group of items around an article.

/// A part of a group of pointers or vendors. The order is that of the model's forests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Nothing of a group.
    None,
    /// The heading of pointers.
    TeaserHeading,
    /// The heading of paid pointers, or the mark of one.
    AdHeading,
    /// The heading of vendors.
    VendorHeading,
    /// A pointer's title, or the kicker over it.
    Title,
    /// A pointer's date alone.
    Date,
    /// Its summary, perhaps with its date or "more".
    Summary,
    /// "More" alone.
    More,
    /// The caption of its image.
    Caption,
    /// Title and summary in one block.
    Whole,
    /// Something else of a pointer: its kind, its author.
    Extra,
    /// A vendor's name, perhaps with the address.
    VendorName,
    /// Something else of a vendor.
    VendorRest,
}

impl Part {
    /// All of them, in their order.
    pub const ALL: [Self; 13] = [
        Self::None,
        Self::TeaserHeading,
        Self::AdHeading,
        Self::VendorHeading,
        Self::Title,
        Self::Date,
        Self::Summary,
        Self::More,
        Self::Caption,
        Self::Whole,
        Self::Extra,
        Self::VendorName,
        Self::VendorRest,
    ];

    /// The name, as reasons show it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::TeaserHeading => "teaser heading",
            Self::AdHeading => "advertisement heading",
            Self::VendorHeading => "vendor heading",
            Self::Title => "title",
            Self::Date => "date",
            Self::Summary => "summary",
            Self::More => "more",
            Self::Caption => "caption",
            Self::Whole => "title and summary",
            Self::Extra => "extra",
            Self::VendorName => "vendor name",
            Self::VendorRest => "vendor address",
        }
    }

    /// Whether it opens a group.
    #[must_use]
    pub const fn is_heading(self) -> bool {
        matches!(self, Self::TeaserHeading | Self::AdHeading | Self::VendorHeading)
    }

    /// Whether it belongs to a vendor.
    #[must_use]
    pub const fn is_vendor(self) -> bool {
        matches!(self, Self::VendorHeading | Self::VendorName | Self::VendorRest)
    }
}
