output "results" {
  description = "Where results arrive in S3."
  value       = module.bench.results
}
