"""Experts on rocket engines behind the protocols of `hotfire.router`.

case.py       what an expert gets of one case: engine, description, and the windows of a log where there is one
bulk.py       the same of cases that are made in bulk
hypotheses.py the names of faults in one engine, and the labels by which experts answer
neural.py     the learnt expert: the small model
symbolic.py   the sure expert: search over the physics
described.py  its answer where there is a text alone
check.py      one claim held against the physics
"""
