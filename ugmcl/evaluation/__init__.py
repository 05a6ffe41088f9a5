"""How good models and their uncertainty are, with tests, intervals and calibration."""
