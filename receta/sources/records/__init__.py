"""Which pictures do TFRecord and Parquet files hold?"""
