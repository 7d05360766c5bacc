"""第二十、二十一条: older bases imported with their documents and accounts; city schemes listed apart.

What the old papers say is typed, never computed (AMB-16). A city's own bases have no procedure here and never mix
with provincial ones.
"""
