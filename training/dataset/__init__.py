"""From dated tables to labelled rows with the features that were known then, and how they are split."""
