"""verifier: outbound proofs about relying parties, beginning with who controls the host of a redirect URI."""
