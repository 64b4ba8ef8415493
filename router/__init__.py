"""Routing between a cheap expert that has learnt and a sure one that works things out: free of any domain.

experts.py      what an expert must offer, and what an answer is
shift.py        scores of how strange a case is: distance, energy, coverage
combination.py  one probability of error from several scores, fitted on labelled cases
thresholds.py   the threshold that keeps a promise: learn then test, exact binomial bounds
controller.py   answer, check, or hand over; the decision in words
ledger.py       what each answer cost, and its price
memory.py       cases that the sure expert has solved, kept for the next training
"""
