"""Chinese words as the filters see them; characters are compared, since there are no spaces to tell words by."""

import re

_SYNONYMS = """
象征 象徵 代表 寓意 意味着 隐喻 喻示 指代
暗示 表明 说明 表达 传达 体现 反映 揭示 展现 表现 流露 透露 显示
讽刺 批判 批评 嘲讽 嘲笑 抨击 谴责 揭露
赞美 赞扬 歌颂 称赞 颂扬 表扬
巨大 庞大 很大 硕大
微小 渺小 很小 细小
男人 男子 男性 男士
女人 女子 女性 女士
孩子 小孩 儿童 孩童
老人 老者 老年人
人们 大家 民众
高兴 快乐 开心 愉快 欢乐 喜悦
悲伤 难过 伤心 忧伤 悲痛
愤怒 生气 恼怒
害怕 恐惧 惧怕 畏惧
孤独 孤单 寂寞
独自 独自一人 孤身 孤身一人
正在 正
希望 期望 盼望
自由 自在
重要 关键 重大
困难 艰难 困境
社会 社群
金钱 钱财 财富
拿着 握着 手持 持有 举着
穿着 身穿 身着
坐在 坐于
站在 立在 站立在
看着 望着 注视着 盯着
漂亮 美丽 好看
聪明 智慧
忽视 忽略 无视
强调 突出 凸显
造成 导致 引起 带来
保护 守护 保卫
许多 很多 众多 大量 不少
破碎 碎裂 破裂
旁边 身旁 旁
里面 之中 内部
"""
_ANTONYMS = """
高兴|悲伤
希望|绝望
乐观|悲观
积极|消极
赞美|讽刺
喜欢|讨厌
打开|关闭
开着|关着
光明|黑暗
巨大|微小
成功|失败
胜利|失败
战争|和平
自由|束缚
生|死
增加|减少
上升|下降
接受|拒绝
创造|毁灭
保护|伤害
支持|反对
鼓励|打击
团结|分裂
真实|虚假
富有|贫穷
安全|危险
强大|弱小
紧密|疏远
热情|冷漠
轻松|沉重
严肃|幽默
正面|负面
肯定|否定
进步|倒退
有序|混乱
宁静|喧闹
白天|夜晚
男人|女人
勇敢|懦弱
信任|怀疑
慷慨|贪婪
简单|复杂
明亮|昏暗
温暖|寒冷
年轻|年老
"""
_FRAME = """
这幅漫画 这张图片 这张图 这幅图像 这幅图 这幅画 该图片 该图像 该图 本图 图片中
图像中 画面中 画中 图中 漫画中 画面里 图里 这幅作品 作品 图片 图像 画面 漫画
作者 通过 用来 整体 整幅图
"""
FRAME = _FRAME.split()
SILENT = frozenset(
    "的了着地得是有在这那个一位名张幅条件种些之所以而且和与及其也就还正为给向对于里中"
    "，。！？；：、“”‘’《》（）()\"' ,.!?;:"
)
"""Characters whose presence or absence changes no claim."""
PROTECTED = frozenset(
    "一二三四五六七八九十百千两零0123456789红黄蓝绿黑白紫灰粉橙棕左右上下前后东南西北男女大小多少全只都每更最"
)
"""Characters that no paraphrase adds or drops."""
_NEGATORS = "并没有 并非 并不是 不是 没有 不能 不会 并不 从不 未能 不 没 未 非 无"
NEGATORS = tuple(_NEGATORS.split())
"""Longer ones first."""
_GENERIC = """
有趣 丰富 各种 一些 深刻 深层 内涵 含义 意义 信息 元素 内容 细节 故事 场景
情景 主题 思想 情感 感受 观众 读者 人们 我们 引人 深思 思考 反思 值得 一个
很 非常 十分 展示 展现 表现 表达 传达 描绘 描述 包含 具有 充满 许多 不同
独特 生动 社会 生活 现实 世界 问题 现象 美好 重要 某种 事物 东西 创意 视觉
色彩 让 给 令 使 寓意 象征 代表 展 示 描写 呈现 反映 体现 蕴含 传递 引发
启发 意境 氛围 风格 艺术 精美 漂亮 特别 不错 重要性 重要
"""
GENERIC = sorted(_GENERIC.split(), key=len, reverse=True)
"""Words that fit any image whatever."""

_NO_DENIAL = (
    ("不仅仅", ""),
    ("不仅", ""),
    ("不但", ""),
    ("非常", ""),
    ("不同", "异"),
    ("不断", "持续"),
    ("无数", "许多"),
    ("未来", "将来"),
    ("无论", ""),
    ("不管", ""),
    ("不过", "但"),
    ("无私", "奉献"),
    ("无奈", "叹"),
    ("无助", "孤独"),
    ("不得不", "必须"),
    ("不安", "焦虑"),
)
"""Words that hold a negator and deny nothing."""
_GROUPS = [line.split() for line in _SYNONYMS.strip().split("\n")]
_FOLD = sorted(((word, group[0]) for group in _GROUPS for word in group[1:]), key=lambda pair: -len(pair[0]))


_COUNTED = re.compile("(?<=[这那每几一二两三四五六七八九十])只")


def fold_synonyms(text: str) -> str:
    """Text with each word that has synonyms replaced by the one that stands for all."""
    text = _COUNTED.sub("", text)  # as a measure word it says nothing, alone it means "only"
    for word, first in (*_NO_DENIAL, *_FOLD):
        text = text.replace(word, first)
    return text


def _kept(word: str) -> str:
    return "".join(character for character in fold_synonyms(word) if character not in SILENT)


_PAIRS = [line.split("|") for line in _ANTONYMS.strip().split("\n")]
OPPOSITES = [(_kept(left), _kept(right)) for left, right in _PAIRS]
"""Words that mean the opposite, as they stand in a claim."""
