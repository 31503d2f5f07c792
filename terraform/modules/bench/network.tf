# Caches are reached by the host alone, the host by nobody. Groups without rules let nothing through:
# Terraform takes away what AWS allows by default.

resource "aws_security_group" "cache" {
  name_prefix = "${var.name}-cache-"
  description = "Caches of ${var.name}"
  vpc_id      = data.aws_subnet.this.vpc_id
  tags        = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "cache_from_host" {
  security_group_id            = aws_security_group.cache.id
  referenced_security_group_id = aws_security_group.host.id
  description                  = "The measuring host"
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_security_group" "host" {
  name_prefix = "${var.name}-host-"
  description = "Host of ${var.name}"
  vpc_id      = data.aws_subnet.this.vpc_id
  tags        = local.tags
}

resource "aws_vpc_security_group_egress_rule" "host_to_cache" {
  security_group_id            = aws_security_group.host.id
  referenced_security_group_id = aws_security_group.cache.id
  description                  = "The candidates"
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_vpc_security_group_egress_rule" "host_to_apis" {
  security_group_id = aws_security_group.host.id
  cidr_ipv4         = "0.0.0.0/0"
  description       = "APIs of AWS, and the binary"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
