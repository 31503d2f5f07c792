data "aws_ssm_parameter" "ami" {
  count = var.ami_id == null ? 1 : 0
  name  = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
}

data "aws_ec2_instance_type" "host" {
  instance_type = var.host_type
}

locals {
  binary_in_s3 = startswith(var.binary_url, "s3://")

  # Shell assignments before host.sh; no value holds a quote.
  settings = {
    region        = local.region
    results       = "s3://${aws_s3_bucket.results.id}/results"
    input         = "s3://${aws_s3_bucket.results.id}/input"
    files         = join(" ", keys(aws_s3_object.input))
    candidates    = join(" ", [for type in var.node_types : "${type}=${module.candidate[type].replication_group_id}"])
    user          = local.user
    binary_url    = var.binary_url
    binary_sha256 = var.binary_sha256
    limit_secs    = tostring(var.time_limit_minutes * 60)
    work          = "/var/lib/cachefit-bench"
  }
}

resource "aws_instance" "host" {
  ami           = var.ami_id == null ? data.aws_ssm_parameter.ami[0].insecure_value : var.ami_id
  instance_type = var.host_type
  subnet_id     = var.subnet_id

  vpc_security_group_ids      = [aws_security_group.host.id]
  associate_public_ip_address = var.associate_public_ip_address
  iam_instance_profile        = aws_iam_instance_profile.host.name

  # It shuts down when it has measured, and is gone then, its disk as well.
  instance_initiated_shutdown_behavior = "terminate"

  user_data = join("\n", concat(
    ["#!/bin/sh"],
    [for name, value in local.settings : "${name}='${value}'"],
    [file("${path.module}/host.sh")],
  ))
  user_data_replace_on_change = true

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted             = true
    volume_type           = "gp3"
    volume_size           = 20
    delete_on_termination = true
  }

  tags        = merge(local.tags, { Name = local.user })
  volume_tags = local.tags

  lifecycle {
    # A newer image than the one it began with is no reason to begin again.
    ignore_changes = [ami]

    precondition {
      condition     = contains(data.aws_ec2_instance_type.host.supported_architectures, "arm64") && data.aws_ec2_instance_type.host.default_vcpus >= 4
      error_message = "The host is an arm64 instance of 4 vCPUs or more."
    }
  }

  # It begins to measure when it boots.
  depends_on = [
    aws_iam_role_policy.host,
    aws_vpc_security_group_egress_rule.host_to_apis,
    aws_vpc_security_group_egress_rule.host_to_cache,
    aws_vpc_security_group_ingress_rule.cache_from_host,
  ]
}

data "aws_iam_policy_document" "host_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "host" {
  name_prefix        = "${var.name}-host-"
  assume_role_policy = data.aws_iam_policy_document.host_assume.json
  tags               = local.tags
}

resource "aws_iam_instance_profile" "host" {
  name_prefix = "${var.name}-host-"
  role        = aws_iam_role.host.name
  tags        = local.tags
}

data "aws_iam_policy_document" "host" {
  statement {
    sid       = "ReadInput"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.results.arn}/input/*"]
  }

  statement {
    sid       = "WriteResults"
    actions   = ["s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${aws_s3_bucket.results.arn}/results/*"]
  }

  dynamic "statement" {
    for_each = local.binary_in_s3 ? [trimprefix(var.binary_url, "s3://")] : []

    content {
      sid       = "ReadBinary"
      actions   = ["s3:GetObject"]
      resources = ["arn:${local.partition}:s3:::${statement.value}"]
    }
  }

  statement {
    sid       = "LogInToCandidates"
    actions   = ["elasticache:Connect"]
    resources = concat(local.candidate_arns, ["${local.arn_prefix}:user:${local.user}"])
  }

  # `cachefit plan --elasticache` looks through the account's caches for the one that is named; reading
  # is all it may do.
  statement {
    sid = "FindCandidates"
    actions = [
      "elasticache:DescribeReplicationGroups",
      "elasticache:DescribeCacheClusters",
      "elasticache:DescribeServerlessCaches",
    ]
    resources = ["*"]
  }

  # A shell on the host without SSH, and nothing else of Systems Manager. These actions know no
  # resources.
  statement {
    sid = "SessionManager"
    actions = [
      "ssm:UpdateInstanceInformation",
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "host" {
  name   = "measure"
  role   = aws_iam_role.host.id
  policy = data.aws_iam_policy_document.host.json
}
