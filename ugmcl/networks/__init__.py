"""Networks and what they are made of; `registry` builds one by its kind."""
