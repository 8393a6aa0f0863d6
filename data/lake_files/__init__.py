"""The lake on disk: its manifest, its Parquet files, and how a new one takes the place of the old."""
