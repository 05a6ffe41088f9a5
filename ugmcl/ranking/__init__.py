"""What to label next: scores of unlabelled cases under the current model, and strategies that order them."""
