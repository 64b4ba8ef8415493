"""Who answers for a log, and the answer in words."""
