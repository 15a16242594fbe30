"""The record itself: streams and lanes as things one can see."""
