"""What are the tiny data that audits show themselves on?"""
