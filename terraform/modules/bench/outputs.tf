output "results" {
  description = "Where results arrive in S3: `status`, one run directory for each candidate, and `host.log`."
  value       = "s3://${aws_s3_bucket.results.id}/results"

  # Known only once what is measured exists.
  depends_on = [aws_instance.host]
}

output "candidates" {
  description = "Replication group of each node type."
  value       = local.candidates
}

output "host_id" {
  description = "The measuring host, for `aws ssm start-session --target`."
  value       = aws_instance.host.id
}

output "host_ami" {
  description = "The image it began with."
  value       = aws_instance.host.ami
}
