"""On which examples is a written network judged, and calibrated?"""
