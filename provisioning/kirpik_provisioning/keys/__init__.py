"""The key ceremony and what follows from it: documents drafted, signed by each holder apart, published, watched."""
