"""Which labelled examples does a JSON document hold?"""
