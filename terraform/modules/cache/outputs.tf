output "replication_group_id" {
  description = "Identifier of the replication group, as `cachefit --elasticache` takes it."
  value       = aws_elasticache_replication_group.this.id
}

output "arn" {
  description = "ARN of the replication group."
  value       = aws_elasticache_replication_group.this.arn
}

output "configuration_endpoint" {
  description = "Where cluster clients connect; null without cluster mode."
  value       = var.cluster_mode_enabled ? aws_elasticache_replication_group.this.configuration_endpoint_address : null
}

output "primary_endpoint" {
  description = "Where clients write; null with cluster mode."
  value       = var.cluster_mode_enabled ? null : aws_elasticache_replication_group.this.primary_endpoint_address
}

output "reader_endpoint" {
  description = "Where clients may read; null with cluster mode."
  value       = var.cluster_mode_enabled ? null : aws_elasticache_replication_group.this.reader_endpoint_address
}

output "port" {
  description = "Where the nodes listen, with TLS."
  value       = var.port
}

output "parameter_group" {
  description = "The parameter group that carries the plan's reserve and eviction policy."
  value       = aws_elasticache_parameter_group.this.name
}
