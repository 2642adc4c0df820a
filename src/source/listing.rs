//! Lists of pointers to articles, and the links that lead to their other pages.
