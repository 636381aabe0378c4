"""What the letter and the report page say: a tree of blocks, each a fact of the report, its words and its place."""
