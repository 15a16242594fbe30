"""The central server: takes in signed events, gives each its place in a stream's history, and hands them out."""
