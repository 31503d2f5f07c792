output "cache" {
  description = "Where it is."
  value       = module.cache
}
